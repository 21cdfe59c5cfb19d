import { type FraudJudgement, withoutWeights } from '../../domain/referrals/fraud.ts';
import type { Referral } from '../../prisma/generated/client.ts';
import { allows, type Principal } from '../auth/auth.ts';

/** As `activities/referrals/begin.ts` stores it. */
type StoredSignals = Pick<FraudJudgement, 'score' | 'signals'>;

/**
 * What the fraud rules saw of a referral. What each signal weighs is the policy's, and stays out for a key
 * that may not read policies.
 */
export function signalsView(stored: Referral['signals'], principal: Principal): Referral['signals'] {
  if (stored === null || allows(principal, 'policies:read')) return stored;
  return withoutWeights(stored as unknown as StoredSignals);
}
