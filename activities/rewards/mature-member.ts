import { tell } from '../../engine/events/outbox.ts';
import { matureHolds } from '../../engine/rewards/mature.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';

/**
 * Ends the holds of what the member earned outside of any referral; those of a blocked member wait for the
 * end of the block. A repeat finds nothing due.
 */
export async function matureMember(deps: ActivityDeps, ref: MemberRef): Promise<MemberStep> {
  const { programId, memberId, now_ms } = ref;
  const next_at_ms = await nextEnd(deps.db, ref);
  // After most events nothing is on hold: a question costs a fraction of a transaction.
  if (next_at_ms === null || next_at_ms > now_ms) return { due_at_ms: next_at_ms };
  return await inTransaction(deps, async (tx) => {
    const which = Prisma.sql`member_id = ${memberId}::uuid AND referral_id IS NULL`;
    await tell(tx, programId, await matureHolds(tx, { programId, which, now_ms }));
    return { due_at_ms: await nextEnd(tx, ref) };
  });
}

/** When the first of the member's holds ends, or ended; null when there is none. */
async function nextEnd(db: Pick<Tx, 'reward'>, { programId, memberId }: MemberRef): Promise<number | null> {
  const next = await db.reward.findFirst({
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
  return next?.maturesAt.getTime() ?? null;
}
