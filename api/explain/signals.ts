import type { FraudSignal } from '../../domain/referrals/fraud-signal.ts';
import type { Referral } from '../../prisma/generated/client.ts';
import { allows, type Principal } from '../auth/auth.ts';

/** As `activities/referrals/begin.ts` stores it. */
interface StoredSignals {
  readonly score: number;
  readonly signals: readonly FraudSignal[];
}

/**
 * What the fraud rules saw of a referral. What each signal weighs is the policy's, and stays out for a key
 * that may not read policies: the weights say how to stay below the threshold.
 */
export function signalsView(stored: Referral['signals'], principal: Principal): Referral['signals'] {
  if (stored === null || allows(principal, 'policies:read')) return stored;
  const { signals } = stored as unknown as StoredSignals;
  return { signals: signals.map(({ name, detail }) => ({ name, detail })) };
}
