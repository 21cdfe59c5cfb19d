import type { FraudFacts } from './facts.ts';
import type { FraudPolicy } from './policy.ts';

/** Every name under which a policy may give a weight. */
export const FRAUD_SIGNALS = [
  'same_email',
  'same_domain',
  'earlier_referred_domain',
  'disposable_email',
  'velocity_hour',
  'velocity_day',
  'velocity_week',
  'same_visitor',
  'same_ip',
  'fact_missing',
] as const;
export type FraudSignalName = (typeof FRAUD_SIGNALS)[number];

/**
 * One thing held against a signup. `weight` is what it added to the score; `detail` never carries personal
 * data.
 */
export interface FraudSignal {
  readonly name: FraudSignalName;
  readonly weight: number;
  readonly detail: string;
}

export interface FraudJudgement {
  readonly verdict: 'allow' | 'review' | 'deny';
  readonly score: number;
  readonly signals: readonly FraudSignal[];
}

/**
 * A shared visitor or address counts for each earlier referral, up to this many times: additive scoring with
 * a cap of four times the weight, as in gemwalletcom/core, `crates/gem_rewards/src/risk_scoring` (50 each,
 * cap 200).
 */
export const REPEATS_MAX = 4;

/**
 * Scores a signup by the policy's weights and says what to do: the score is the sum of the signals; `deny_at`
 * and `review_at` are inclusive. A fact that a rule needed and that is null counts as `fact_missing`. A name
 * without a weight, or with a negative one, counts 0 and is still listed.
 */
export function judge(policy: FraudPolicy, facts: FraudFacts): FraudJudgement {
  const signals = [
    ...emailSignals(policy, facts),
    ...velocitySignals(policy, facts),
    ...repeatSignals(policy, facts),
  ];
  const score = signals.reduce((sum, signal) => sum + signal.weight, 0);
  return { verdict: verdictFor(policy, score), score, signals };
}

function verdictFor(policy: FraudPolicy, score: number): FraudJudgement['verdict'] {
  if (score >= policy.deny_at) return 'deny';
  return score >= policy.review_at ? 'review' : 'allow';
}

/** No signal here speaks for a signup, so a weight below zero (or not a number) is none. */
function weightOf(policy: FraudPolicy, name: FraudSignalName): number {
  const weight = Object.hasOwn(policy.weights, name) ? policy.weights[name] : undefined;
  return weight !== undefined && weight > 0 ? weight : 0;
}

const signal = (policy: FraudPolicy, name: FraudSignalName, detail: string, times = 1): FraudSignal => ({
  name,
  weight: weightOf(policy, name) * times,
  detail,
});

const missing = (policy: FraudPolicy, what: string): FraudSignal =>
  signal(policy, 'fact_missing', `Not known: ${what}.`);

function emailSignals(policy: FraudPolicy, facts: FraudFacts): readonly FraudSignal[] {
  // Without an e-mail nothing else about it can be known: that is one fact missing, not four.
  if (facts.referred_email_key === null) return [missing(policy, "the new member's e-mail")];
  const signals: FraudSignal[] = [];
  if (facts.referrer_email_key === null) signals.push(missing(policy, "the referrer's e-mail"));
  if (facts.domain_is_free_provider === null)
    signals.push(missing(policy, 'whether the e-mail is of a free provider'));
  if (facts.earlier_referred_domains === null && facts.domain_is_free_provider !== true) {
    signals.push(missing(policy, 'the e-mail domains of earlier referrals'));
  }
  if (facts.email_disposable === null) signals.push(missing(policy, 'whether the e-mail is disposable'));
  if (facts.email_disposable)
    signals.push(signal(policy, 'disposable_email', 'The e-mail is of a disposable provider.'));
  const rung = worstRung(rungs(policy, facts, facts.referred_email_key));
  return rung === null ? signals : [rung, ...signals];
}

/**
 * The rungs of the self-referral ladder that hold, the strictest first. A provider not known to be free is
 * taken for a private domain.
 */
function rungs(policy: FraudPolicy, facts: FraudFacts, referred: string): readonly FraudSignal[] {
  const held: FraudSignal[] = [];
  if (referred === facts.referrer_email_key) {
    held.push(signal(policy, 'same_email', 'Referrer and new member have the same mailbox.'));
  }
  if (facts.domain_is_free_provider === true) return held;
  const domain = domainOf(referred);
  if (facts.referrer_email_key !== null && domain === domainOf(facts.referrer_email_key)) {
    held.push(
      signal(policy, 'same_domain', 'Referrer and new member have e-mail at the same private domain.'),
    );
  }
  if (facts.earlier_referred_domains?.includes(domain)) {
    held.push(
      signal(
        policy,
        'earlier_referred_domain',
        'An earlier referral of this referrer has e-mail at the same private domain.',
      ),
    );
  }
  return held;
}

/**
 * Only one rung counts, because each follows from the one above it; the heaviest, so that one more rung never
 * lowers the score.
 */
function worstRung(held: readonly FraudSignal[]): FraudSignal | null {
  return held.reduce<FraudSignal | null>(
    (worst, rung) => (worst === null || rung.weight > worst.weight ? rung : worst),
    null,
  );
}

const domainOf = (key: string): string => key.slice(key.lastIndexOf('@') + 1);

/** The counts include the signup that is judged: the first one above the limit is the first to signal. */
function velocitySignals(policy: FraudPolicy, facts: FraudFacts): readonly FraudSignal[] {
  const windows = [
    {
      name: 'velocity_hour',
      count: facts.signups_last_hour,
      max: policy.signups_per_hour_max,
      span: 'an hour',
    },
    { name: 'velocity_day', count: facts.signups_last_day, max: policy.signups_per_day_max, span: 'a day' },
    {
      name: 'velocity_week',
      count: facts.signups_last_week,
      max: policy.signups_per_week_max,
      span: 'a week',
    },
  ] as const;
  return windows.flatMap(({ name, count, max, span }) => {
    if (count === null) return [missing(policy, `the referrer's signups within ${span}`)];
    return count > max
      ? [signal(policy, name, `${count} signups of one referrer within ${span}; the limit is ${max}.`)]
      : [];
  });
}

function repeatSignals(policy: FraudPolicy, facts: FraudFacts): readonly FraudSignal[] {
  const shared = [
    { name: 'same_visitor', count: facts.same_visitor_referrals, what: 'browser' },
    { name: 'same_ip', count: facts.same_ip_referrals, what: 'network address' },
  ] as const;
  return shared.flatMap(({ name, count, what }) => {
    if (count === null) return [missing(policy, `earlier referrals from the same ${what}`)];
    const detail = `Earlier referrals of this referrer from the same ${what}: ${count}.`;
    return count > 0 ? [signal(policy, name, detail, Math.min(count, REPEATS_MAX))] : [];
  });
}
