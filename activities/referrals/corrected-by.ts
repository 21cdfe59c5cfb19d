import type { Tx } from '../../prisma/client.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** Puts on record by which command of an operator a referral is as it is. */
export async function correctedBy(
  tx: Tx,
  { programId, referralId, eventId }: ReferralEventRef,
): Promise<void> {
  await tx.referral.update({
    where: { programId_id: { programId, id: referralId } },
    data: { correctedBy: eventId },
    select: { id: true },
  });
}
