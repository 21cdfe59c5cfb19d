import { tell } from '../../engine/events/outbox.ts';
import { matureHolds } from '../../engine/rewards/mature.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';

/**
 * Ends the holds of what the member earned outside of any referral; those of a blocked member wait for the
 * end of the block. A repeat finds nothing due.
 */
export function matureMember(deps: ActivityDeps, ref: MemberRef): Promise<MemberStep> {
  const { programId, memberId, now_ms } = ref;
  return inTransaction(deps, async (tx) => {
    const which = Prisma.sql`member_id = ${memberId}::uuid AND referral_id IS NULL`;
    await tell(tx, programId, await matureHolds(tx, { programId, which, now_ms }));
    const next = await tx.reward.findFirst({
      where: {
        programId,
        memberId,
        referralId: null,
        status: 'held',
        heldBy: null,
        member: { blockedAt: null },
      },
      orderBy: { maturesAt: 'asc' },
      select: { maturesAt: true },
    });
    return { due_at_ms: next?.maturesAt.getTime() ?? null };
  });
}
