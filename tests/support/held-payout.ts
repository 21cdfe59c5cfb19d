import { heldSealKey } from '../../engine/privacy/held.ts';
import { type SealRing, seal, unseal } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';
import { seedMember, seedRedemption } from './seed.ts';

/** A record of a payout to a member who was erased, held until long after. Gives the redemption's id. */
export async function seedHeld(
  db: Database,
  programId: string,
  ring: SealRing,
  record: string,
  until = new Date('2100-01-01T00:00:00Z'),
): Promise<string> {
  const { id: memberId } = await seedMember(db, programId, 'paid');
  const { id: redemptionId } = await seedRedemption(db, programId, memberId, { minor: 100n });
  const sealed = seal(heldSealKey(ring, programId, redemptionId), record);
  await db.heldPayout.create({ data: { programId, redemptionId, memberId, sealed, until } });
  return redemptionId;
}

/** What such a record says, as these secrets open it; null: they do not. */
export async function openHeld(
  db: Database,
  which: { readonly programId: string; readonly redemptionId: string },
  ring: SealRing,
): Promise<string | null> {
  const row = await db.heldPayout.findUniqueOrThrow({ where: { programId_redemptionId: which } });
  return unseal(heldSealKey(ring, which.programId, which.redemptionId), row.sealed);
}
