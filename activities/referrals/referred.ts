import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';

/** The referred member by the host's id, whom what waits for the referral is about; null: nobody yet. */
export async function referredOf(tx: Tx, { ref, referral }: LockedEvent): Promise<string | null> {
  if (referral.referredId === null) return null;
  const where = { programId_id: { programId: ref.programId, id: referral.referredId } };
  const select = { externalId: true, stays: { select: { externalId: true } } };
  const member = await tx.member.findUnique({ where, select });
  return member?.stays?.externalId ?? member?.externalId ?? null;
}
