import { holdEnd } from '../../../domain/privacy/hold.ts';
import { seal } from '../../../platform/seal.ts';
import type { Tx } from '../../../prisma/client.ts';
import { heldSealKey } from '../held.ts';
import type { Step } from './step.ts';

interface PaidRedemption {
  readonly id: string;
  readonly isPaid: boolean;
  readonly endedAt: Date;
  readonly hold_years: number;
  /** What the law may want kept, as JSON. */
  readonly record: unknown;
}

/**
 * Erases where a member was paid to. Where the program holds records of payouts for the law, those of what
 * was paid are sealed first, and leave at the end of their time.
 */
export const erasePayouts: Step = async (tx, { ring }, { person }, limit) => {
  const { programId, memberId } = person;
  const redemptions = await openRedemptions(tx, programId, memberId, limit);
  const held = redemptions.filter(({ isPaid, hold_years }) => isPaid && hold_years > 0);
  await tx.heldPayout.createMany({
    data: held.map(({ id: redemptionId, endedAt, hold_years, record }) => ({
      programId,
      redemptionId,
      memberId,
      sealed: seal(heldSealKey(ring, programId, redemptionId), JSON.stringify(record)),
      until: new Date(holdEnd(endedAt.getTime(), hold_years)),
    })),
    skipDuplicates: true,
  });
  const ids = redemptions.map(({ id }) => id);
  await tx.$executeRaw`
    UPDATE redemption_attempts SET provider_ref = NULL
    WHERE program_id = ${programId}::uuid AND redemption_id = ANY (${ids}::uuid[])`;
  const erased = await tx.$executeRaw`
    UPDATE redemptions SET destination = NULL, provider_ref = NULL
    WHERE program_id = ${programId}::uuid AND id = ANY (${ids}::uuid[])`;
  return { redemptions: erased, held_payouts: held.length };
};

/** A member's redemptions that still say where they were paid to, or by which payment. */
const openRedemptions = (
  tx: Tx,
  programId: string,
  memberId: string,
  limit: number,
): Promise<PaidRedemption[]> => tx.$queryRaw<PaidRedemption[]>`
  SELECT r.id::text, r.status = 'settled' AS "isPaid", r.updated_at AS "endedAt",
         p.payout_hold_years AS hold_years,
         jsonb_build_object('externalId', coalesce(m.host_id, m.external_id), 'email', m.email,
           'destination', r.destination, 'providerRef', r.provider_ref) AS record
  FROM redemptions r JOIN members m ON m.program_id = r.program_id AND m.id = r.member_id
  JOIN programs p ON p.id = r.program_id
  WHERE r.program_id = ${programId}::uuid AND r.member_id = ${memberId}::uuid
    AND (r.destination IS NOT NULL OR r.provider_ref IS NOT NULL)
  ORDER BY r.id LIMIT ${limit} FOR UPDATE OF r`;
