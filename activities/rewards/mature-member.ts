import { tell } from '../../engine/events/outbox.ts';
import { isOfBlocked } from '../../engine/members/blocked.ts';
import { matureHolds } from '../../engine/rewards/mature.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Database, Tx } from '../../prisma/client.ts';
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
async function nextEnd(db: Database | Tx, { programId, memberId }: MemberRef): Promise<number | null> {
  const [next] = await db.$queryRaw<{ at: Date }[]>`
    SELECT matures_at AS at FROM rewards
    WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND referral_id IS NULL
      AND status = 'held' AND held_by IS NULL AND NOT ${isOfBlocked('rewards')}
    ORDER BY matures_at LIMIT 1`;
  return next?.at.getTime() ?? null;
}
