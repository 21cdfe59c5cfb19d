import { wholes } from '../money.ts';
import type { FraudSignalName } from '../referrals/fraud-signal.ts';
import type { Policy } from './policy.ts';

/**
 * Weights are points that add up. The shared visitor and address weigh 50 as the shared fingerprint and
 * address do in gemwalletcom/core, crates/gem_rewards/src/risk_scoring; the ladder e-mail → domain → domain
 * of an earlier referral is Dub's. The rest is placed by what it must do alone: the referrer's own e-mail
 * denies (100), a throw-away address or a shared visitor is reviewed (40 and more), a colleague's domain or a
 * burst needs a second signal, and missing facts add up to a review at four. The mailbox of another member is
 * reviewed (60) and not denied, since a couple may share one and people come back; with a shared browser or
 * address, or from a throw-away mailbox, it is one person and denied. To hide an address or to have a
 * fanciful one (5 each) never decides: not even with the three facts that a host most often lacks.
 */
const BUILTIN_WEIGHTS: Readonly<Record<FraudSignalName, number>> = {
  same_email: 100,
  email_known: 60,
  same_domain: 30,
  earlier_referred_domain: 20,
  disposable_email: 40,
  email_forwarded: 5,
  email_vanity: 5,
  velocity_hour: 25,
  velocity_day: 25,
  velocity_week: 15,
  same_visitor: 50,
  same_ip: 50,
  fact_missing: 10,
};

/**
 * UniAPT's own program, for a unit given: n × 10 × the rate of the highest milestone reached, {5: 10 %, 10:
 * 15 %, 20: 20 %, 21: 25 %}, to the referrer whose referred member purchases within 90 days. "10" is ten
 * whole units: 1000 minor units of USD, 10 of a points unit. Throws on an unknown unit.
 */
export function builtinPolicy(unit = 'USD'): Policy {
  return {
    unit,
    attribution: { model: 'last_touch', window_days: 90 },
    qualification: { event: 'purchase', min_value: null, within_days: 90, condition: null },
    refund_days: 30,
    invitation_days: 90,
    rules: [milestoneRule(unit)],
    fraud: {
      review_at: 40,
      deny_at: 100,
      weights: BUILTIN_WEIGHTS,
      // Above what a person brings by hand, below what a script brings: a newsletter or a talk stays under 20
      // an hour.
      signups_per_hour_max: 20,
      signups_per_day_max: 100,
      signups_per_week_max: 300,
    },
    budget: null,
    redemption: {
      min: wholes(10n, unit),
      auto_approve_max: wholes(100n, unit),
      approval_days: 14,
      methods: ['manual', 'account_credit'],
    },
  };
}

const milestoneRule = (unit: string): Policy['rules'][number] => ({
  id: 'milestones',
  recipient: 'referrer',
  trigger: { on: 'qualified' },
  benefit: {
    kind: 'milestone_rate',
    base: wholes(10n, unit),
    steps: [
      { count: 5, rate_bp: 1_000 },
      { count: 10, rate_bp: 1_500 },
      { count: 20, rate_bp: 2_000 },
      { count: 21, rate_bp: 2_500 },
    ],
  },
  hold_days: 30,
  expires_days: null,
  cap: null,
  condition: null,
});
