import { type FraudJudgement, withoutWeights } from '../../domain/referrals/fraud.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { allows, type Principal } from '../auth/auth.ts';

/** As `activities/referrals/admit.ts` writes it for a signup; other outcomes have other traces, or none. */
interface SignupTrace {
  readonly fraud?: FraudJudgement;
}

/**
 * What came of an event, for this asker: what the policy's fraud signals weigh stays out for one who may not
 * read policies.
 */
export function outcomeView<T extends Outcome | null>(outcome: T, principal: Principal): T {
  const trace = outcome?.trace as SignupTrace | undefined;
  if (trace?.fraud === undefined || allows(principal, 'policies:read')) return outcome;
  return { ...outcome, trace: { ...trace, fraud: withoutWeights(trace.fraud) } };
}
