import type { FraudFacts } from './facts.ts';
import { emailSignals } from './fraud-email.ts';
import { type FraudSignal, missing, signal } from './fraud-signal.ts';
import type { FraudPolicy } from './policy.ts';

/**
 * A shared visitor or address counts for each earlier referral, up to this many times: additive scoring with
 * a cap of four times the weight, as in gemwalletcom/core, `crates/gem_rewards/src/risk_scoring` (50 each,
 * cap 200).
 */
export const REPEATS_MAX = 4;

export interface FraudJudgement {
  readonly verdict: 'allow' | 'review' | 'deny';
  readonly score: number;
  readonly signals: readonly FraudSignal[];
}

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

/**
 * What a judgement saw, without what each signal weighs and without their sum: those say how to stay below
 * the threshold.
 */
export function withoutWeights<J extends Pick<FraudJudgement, 'score' | 'signals'>>(judgement: J) {
  const { score: _, signals, ...rest } = judgement;
  return { ...rest, signals: signals.map(({ name, detail }) => ({ name, detail })) };
}

function verdictFor(policy: FraudPolicy, score: number): FraudJudgement['verdict'] {
  if (score >= policy.deny_at) return 'deny';
  return score >= policy.review_at ? 'review' : 'allow';
}

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
