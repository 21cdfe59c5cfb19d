import { foldCode } from '../../domain/catalogue/coupon-code.ts';
import type { SealRing } from '../../platform/seal.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockProgramRow } from '../programs/lock.ts';
import { foldedCouponHash, openCoupon } from './coupon-seal.ts';

/** Codes that are given their hash at once. */
const FILL_ROWS = 1_000;

/**
 * Those codes, folded, that the program has in whatever way of writing. Locks the program, so that two
 * uploads at once do not each miss the other's.
 */
export async function knownFolded(
  tx: Tx,
  programId: string,
  ring: SealRing,
  codes: readonly string[],
): Promise<ReadonlySet<string>> {
  await lockProgramRow(tx, programId);
  await fillFolded(tx, programId, ring);
  const foldedOf = new Map(
    ring.flatMap((secret) =>
      codes.map((code) => [foldedCouponHash(secret, programId, code), foldCode(code)] as const),
    ),
  );
  const where = { programId, foldedHash: { in: [...foldedOf.keys()] } };
  const rows = await tx.couponCode.findMany({ where, select: { foldedHash: true } });
  return new Set(rows.flatMap(({ foldedHash }) => foldedOf.get(foldedHash ?? '') ?? []));
}

/** Gives codes of before there was one their hash. What no secret opens stays without, and is passed by. */
async function fillFolded(tx: Tx, programId: string, ring: SealRing): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const rows = await tx.couponCode.findMany({
      where: { programId, foldedHash: null, ...(after === undefined ? {} : { id: { gt: after } }) },
      select: { programId: true, id: true, sealedCode: true },
      orderBy: { id: 'asc' },
      take: FILL_ROWS,
    });
    const opened = rows.flatMap((row) => {
      const code = openCoupon(row, ring);
      return code === null ? [] : [{ id: row.id, hash: foldedCouponHash(ring[0], programId, code) }];
    });
    await tx.$executeRaw`
      UPDATE coupon_codes SET folded_hash = filled.hash
      FROM unnest(${opened.map(({ id }) => id)}::uuid[], ${opened.map(({ hash }) => hash)}::text[])
        AS filled (id, hash)
      WHERE coupon_codes.program_id = ${programId}::uuid AND coupon_codes.id = filled.id`;
    after = rows.at(-1)?.id;
    if (rows.length < FILL_ROWS) return;
  }
}
