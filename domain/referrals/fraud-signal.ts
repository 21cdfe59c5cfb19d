import type { FraudPolicy } from './policy.ts';

/** Every name under which a policy may give a weight. */
export const FRAUD_SIGNALS = [
  'same_email',
  'email_known',
  'same_domain',
  'earlier_referred_domain',
  'disposable_email',
  'email_forwarded',
  'email_vanity',
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

/** No signal here speaks for a signup, so a weight below zero (or not a number) is none. */
function weightOf(policy: FraudPolicy, name: FraudSignalName): number {
  const weight = Object.hasOwn(policy.weights, name) ? policy.weights[name] : undefined;
  return weight !== undefined && weight > 0 ? weight : 0;
}

/** Returns a signal with the weight that the policy gives its name, `times` over. */
export const signal = (
  policy: FraudPolicy,
  name: FraudSignalName,
  detail: string,
  times = 1,
): FraudSignal => ({
  name,
  weight: weightOf(policy, name) * times,
  detail,
});

/** Returns the signal for a fact that could not be gathered. */
export const missing = (policy: FraudPolicy, what: string): FraudSignal =>
  signal(policy, 'fact_missing', `Not known: ${what}.`);
