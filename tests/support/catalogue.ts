import { grantPosting } from '../../domain/ledger/postings.ts';
import { addCoupons } from '../../engine/catalogue/coupons.ts';
import { setEndpoint } from '../../engine/payouts/endpoint.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { post } from '../../ledger/post.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { seedMember, TEST_PAYOUTS } from './seed.ts';

/** A thing for 100 cents, unlimited, with what a test wants otherwise. */
export async function seedItem(
  db: Database,
  programId: string,
  change: Partial<CatalogueItem> = {},
): Promise<CatalogueItem> {
  const data = {
    kind: 'item' as const,
    name: 'A mug',
    method: 'manual',
    unit: 'USD',
    priceMinor: 100n,
    ...change,
  };
  return await db.catalogueItem.create({ data: { ...data, programId, id: newId() } });
}

/** A pool of so many codes, paid with 100 cents each. */
export async function seedPool(
  db: Database,
  programId: string,
  codes: number,
  change: Partial<CatalogueItem> = {},
) {
  const pool = await seedItem(db, programId, { kind: 'coupon', method: 'coupon', ...change });
  await fillPool(
    db,
    programId,
    pool.id,
    Array.from({ length: codes }, (_, n) => `CODE-${pool.id.slice(-6)}-${n}`),
  );
  return pool;
}

export function fillPool(db: Database, programId: string, itemId: string, codes: readonly string[]) {
  return inTransaction({ db, countDecision: () => undefined }, (tx) =>
    addCoupons(tx, { programId, itemId, ring: TEST_PAYOUTS.ring }, codes),
  );
}

/** A member with so much to spend, as no rule granted it. */
export async function seedRichMember(
  db: Database,
  programId: string,
  name: string,
  minor: bigint,
  unit = 'USD',
): Promise<string> {
  const { id: memberId } = await seedMember(db, programId, name);
  const posting = grantPosting({
    key: `gift:${memberId}:${unit}`,
    unit,
    amount_minor: minor,
    memberId,
    occurred_at_ms: 0,
    held: false,
    lot_expires_at_ms: null,
  });
  const posted = await inTransaction({ db, countDecision: () => undefined }, (tx) =>
    post(tx, programId, [posting]),
  );
  if (!posted.ok) throw new Error(posted.message);
  return memberId;
}

/** Where the program's host is asked to pay. Gives the signing secret. */
export function seedEndpoint(db: Database, programId: string, url: string): Promise<string> {
  const now = new Date();
  return db.$transaction((tx) => setEndpoint(tx, programId, { url, ring: TEST_PAYOUTS.ring, now }));
}
