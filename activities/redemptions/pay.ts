import { ApplicationFailure } from '@temporalio/common';
import type { RedemptionMethod } from '../../domain/redemptions/methods.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import { PROVIDERS } from '../../engine/payouts/providers/index.ts';
import { NoAnswer, type Payout, type PayoutResult } from '../../engine/payouts/providers/provider.ts';
import type { Redemption } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { beginAttempt, endAttempt } from './attempts.ts';
import type { RedemptionRef } from './snapshot.ts';

/**
 * Asks the provider to pay, with the redemption's id as the key. Each request is stored in
 * `redemption_attempts` before it is sent and its answer after. `finishRedemption` records what the answer
 * means for the redemption.
 */
export async function payRedemption(deps: ActivityDeps, ref: RedemptionRef): Promise<PayoutResult> {
  const where = { programId_id: { programId: ref.programId, id: ref.redemptionId } };
  const row = await deps.db.redemption.findUniqueOrThrow({ where });
  // A method that a later version of this engine no longer knows.
  if (!Object.hasOwn(PROVIDERS, row.method)) return { result: 'refused', reason: 'method_unknown' };
  const attempt = await beginAttempt(deps.db, ref, row.method);
  try {
    const payout = payoutOf(row, attempt.first_asked_at_ms);
    const answer = await PROVIDERS[row.method as RedemptionMethod](deps, payout);
    await endAttempt(deps.db, attempt.id, {
      result: answer.result,
      reason: 'reason' in answer ? answer.reason : null,
      providerRef: 'ref' in answer ? answer.ref : null,
    });
    return answer;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const reason = error.message;
    await endAttempt(deps.db, attempt.id, { result: 'unknown', reason, providerRef: null });
    throw ApplicationFailure.retryable(`the provider ${row.method} did not answer: ${reason}`, 'NoAnswer');
  }
}

function payoutOf(row: Redemption, first_asked_at_ms: number | null): Payout {
  return {
    programId: row.programId,
    redemptionId: row.id,
    memberId: row.memberId,
    itemId: row.itemId,
    amount: payoutAmount(row),
    destination: row.destination,
    first_asked_at_ms,
  };
}
