import type { PolicyInput } from '../../api/policies/schema.ts';
import { type Money, wholes } from '../../domain/money.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { ApprovalPolicy } from '../../domain/redemptions/policy.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { MILESTONES, NOTICES, POINTS, POINTS_UNIT, SURVEYS } from './members-policy.ts';

export const UNIT = 'USD';

const dollars = (count: bigint): Money => wholes(count, UNIT);

/** A month's hold and no limits, not even in time: credit of 1997 that lapses would be expired today. */
const UNLIMITED = { hold_days: 30, expires_days: null, cap: null, condition: null } as const;

/** What a friend gets for the first purchase that counts. */
const WELCOME: Rule = {
  ...UNLIMITED,
  id: 'welcome',
  recipient: 'referred',
  trigger: { on: 'qualified' },
  benefit: { kind: 'fixed', amount: dollars(5n) },
};

/** What the referrer gets of the friend's 2nd to 4th purchase. */
const REPEAT: Rule = {
  ...UNLIMITED,
  id: 'repeat-purchase',
  recipient: 'referrer',
  trigger: { on: 'nth_event', event: 'purchase', from: 2, to: 4 },
  benefit: { kind: 'percentage', rate_bp: 500, cap: dollars(5n) },
  cap: { amount: dollars(50n), count: null, period_days: null },
};

/** What the referrer gets when the friend's first purchase was made in the app, which nobody had in 1997. */
const APP_BONUS: Rule = {
  id: 'app-bonus',
  recipient: 'referrer',
  trigger: { on: 'qualified' },
  benefit: { kind: 'fixed', amount: dollars(2n) },
  hold_days: 14,
  expires_days: 365,
  cap: { amount: null, count: 20, period_days: 365 },
  condition: 'event.properties.channel == "app"',
};

/** A badge for the referrer of so many friends. */
const badgeRule = (id: string, count: number, label: string): Rule => ({
  ...UNLIMITED,
  id,
  recipient: 'referrer',
  trigger: { on: 'milestone', count },
  benefit: { kind: 'badge', label },
  hold_days: 0,
});

const CONNECTOR = badgeRule('connector', 5, 'Connector');
const AMBASSADOR = badgeRule('ambassador', 10, 'Ambassador');

/** An operator looks at cash from 20 USD on, and at all else above 100 USD or 1,000 points. */
const APPROVAL: ApprovalPolicy = {
  auto_max: [
    { kind: 'cash_out', max: dollars(20n) },
    { kind: null, max: { minor: 1_000n, unit: POINTS_UNIT } },
  ],
  risk: { fraud_score_at: 100, account_days_min: null, day_max: [dollars(500n)] },
};

/**
 * The demo's policy: the built-in milestones, held for 30 days; a welcome credit of 5 USD; 5 % of a friend's
 * 2nd to 4th purchase, at most 5 USD each and 50 USD in all; 2 USD for a friend who buys in the app, which
 * expire after a year; badges for five and for ten friends. Purchases count from 10 USD on. Redemptions
 * are account credit, up to 100 USD without an operator, or a transfer by hand, up to 20 USD without an
 * operator's approval. What members come back for is in `members-policy.ts`.
 */
export function demoPolicy(): PolicyInput {
  const builtin = builtinPolicy(UNIT);
  const policy: Policy = {
    ...builtin,
    qualification: { ...builtin.qualification, min_value: dollars(10n) },
    rules: [...builtin.rules, WELCOME, REPEAT, APP_BONUS, CONNECTOR, AMBASSADOR],
    redemption: { ...builtin.redemption, methods: ['account_credit', 'manual'], approval: APPROVAL },
    points: POINTS,
    milestones: MILESTONES,
    surveys: SURVEYS,
    notices: NOTICES,
  };
  // Amounts become strings of minor units, which is the form that callers send.
  return policyToJson(policy) as unknown as PolicyInput;
}

/** The least that can be redeemed, in minor units. */
export const REDEMPTION_MIN_MINOR = builtinPolicy(UNIT).redemption.min.minor;
