import { isRedemptionEnd, nextRedemption, type RedemptionStep } from '../../domain/redemptions/redemption.ts';
import { must } from '../../domain/refusal.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { closeHold } from './hold.ts';
import { lockRedemption, type RedemptionRef, type RedemptionSnapshot, readRedemption } from './snapshot.ts';
import { writeRedemption } from './write.ts';

export interface RedemptionEnd extends RedemptionRef {
  readonly step: Extract<RedemptionStep, 'settle' | 'release' | 'escalate'>;
  readonly reason: string | null;
  readonly providerRef: string | null;
}

/** Records how a payout went, or that nobody approved in time. A redemption that has ended stays as it is. */
export function finishRedemption(deps: ActivityDeps, end: RedemptionEnd): Promise<RedemptionSnapshot> {
  return inTransaction(deps, async (tx) => {
    const redemption = await lockRedemption(tx, end);
    const repeated = end.step === 'escalate' && redemption.status === 'needs_operator';
    if (!isRedemptionEnd(redemption.status) && !repeated) {
      const status = must(nextRedemption(redemption.status, end.step));
      await closeHold(tx, end, redemption, status);
      await writeRedemption(tx, end, redemption, {
        status,
        reason: end.reason,
        providerRef: end.providerRef,
        decided: null,
      });
    }
    return await readRedemption(tx, end);
  });
}
