import { releasePosting, settlePosting } from '../../domain/ledger/postings.ts';
import type { RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedRedemption, RedemptionRef } from './snapshot.ts';
import { giveBack } from './stock.ts';

/**
 * Resolves the reservation once: to paid out when settled; back to stock, code pool and the same lots when
 * released. Other statuses leave it alone.
 */
export async function closeHold(
  tx: Tx,
  ref: RedemptionRef,
  redemption: LockedRedemption,
  status: RedemptionStatus,
): Promise<void> {
  if (status !== 'settled' && status !== 'released') return;
  const { redemptionId, programId, now_ms } = ref;
  if (status === 'released') await giveBack(tx, ref);
  const common = {
    unit: redemption.unit,
    amount_minor: redemption.amount_minor,
    memberId: redemption.memberId,
    occurred_at_ms: now_ms,
    reserve: `reserve:${redemptionId}`,
  };
  const posting =
    status === 'settled'
      ? settlePosting({ ...common, key: `settle:${redemptionId}`, fee_minor: redemption.fee_minor })
      : releasePosting({ ...common, key: `release:${redemptionId}` });
  const result = await post(tx, programId, [posting]);
  if (!result.ok) throw new Error(`${status} of ${redemptionId} was refused: ${result.code}`);
}
