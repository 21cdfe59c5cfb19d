import type { CatalogueFacts, CatalogueLimits, CatalogueTerms } from '../../domain/catalogue/item.ts';
import type { RedemptionMethod } from '../../domain/redemptions/methods.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { levelOf } from './level.ts';

/** What an item costs and gives, as the rules read it. */
export const termsOf = (row: CatalogueItem): CatalogueTerms => ({
  kind: row.kind,
  method: row.method as RedemptionMethod,
  unit: row.unit,
  price_minor: row.priceMinor,
  min_minor: row.minMinor,
  value:
    row.valueMinor === null || row.valueUnit === null ? null : { minor: row.valueMinor, unit: row.valueUnit },
  fee: { fixed_minor: row.feeMinor, rate_bp: row.feeBp },
});

/** Who may have an item, and when, as the rules read it. */
export const limitsOf = (row: CatalogueItem): CatalogueLimits => ({
  active: row.active,
  starts_at_ms: row.startsAt?.getTime() ?? null,
  ends_at_ms: row.endsAt?.getTime() ?? null,
  min_level: row.minLevel,
  badge: row.badge,
  member_limit: row.memberLimit,
});

/**
 * The member who asks for an item. `redemptionId`: a redemption that is not counted among those before it.
 */
export interface ItemAsker {
  readonly programId: string;
  readonly memberId: string;
  readonly redemptionId: string | null;
  readonly now_ms: number;
}

/** What the rules ask about one member and one item, with what is left of the item. */
export async function itemFacts(tx: Db, row: CatalogueItem, asker: ItemAsker): Promise<CatalogueFacts> {
  return (await factsOf(tx, [row], asker))(row);
}

type Db = Database | Tx;

/** The same for many items at once. Asks the database only what the items need. */
export async function factsOf(
  tx: Db,
  rows: readonly CatalogueItem[],
  asker: ItemAsker,
): Promise<(row: CatalogueItem) => CatalogueFacts> {
  const { programId, memberId, now_ms } = asker;
  const isLevelled = rows.some(({ minLevel }) => minLevel !== null);
  const level = isLevelled ? await levelOf(tx, programId, memberId) : null;
  const badges = await badgesHeld(tx, rows, asker);
  const redeemed = await countRedeemed(tx, rows, asker);
  const filled = await poolsWithCodes(tx, programId, rows);
  return (row) => ({
    now_ms,
    level,
    holds_badge: row.badge !== null && badges.has(row.badge),
    redeemed: redeemed.get(row.id) ?? 0,
    left: row.kind === 'coupon' ? Number(filled.has(row.id)) : row.stock,
  });
}

async function badgesHeld(
  tx: Db,
  rows: readonly CatalogueItem[],
  { programId, memberId, now_ms }: ItemAsker,
): Promise<ReadonlySet<string>> {
  const labels = rows.flatMap(({ badge }) => badge ?? []);
  if (labels.length === 0) return new Set();
  const heldRewards = await tx.reward.findMany({
    where: {
      programId,
      memberId,
      kind: 'badge',
      label: { in: labels },
      status: { not: 'reversed' },
      OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now_ms) } }],
    },
    select: { label: true },
    distinct: ['label'],
  });
  return new Set(heldRewards.flatMap(({ label }) => (label === null ? [] : [label])));
}

/** A request that is not decided yet does not count. */
async function countRedeemed(
  tx: Db,
  rows: readonly CatalogueItem[],
  { programId, memberId, redemptionId }: ItemAsker,
): Promise<ReadonlyMap<string, number>> {
  const limited = rows.filter(({ memberLimit }) => memberLimit !== null).map(({ id }) => id);
  if (limited.length === 0) return new Map();
  const counts = await tx.redemption.groupBy({
    by: ['itemId'],
    where: {
      programId,
      memberId,
      itemId: { in: limited },
      status: { notIn: ['requested', 'refused', 'released'] },
      ...(redemptionId === null ? {} : { id: { not: redemptionId } }),
    },
    _count: true,
  });
  return new Map(counts.map(({ itemId, _count }) => [itemId ?? '', _count]));
}

/** Which pools have a code left. It does not count them, as a pool may hold millions. */
export async function poolsWithCodes(
  tx: Db,
  programId: string,
  rows: readonly Pick<CatalogueItem, 'id' | 'kind'>[],
): Promise<ReadonlySet<string>> {
  const pools = rows.filter(({ kind }) => kind === 'coupon').map(({ id }) => id);
  if (pools.length === 0) return new Set();
  const filled = await tx.$queryRaw<{ id: string }[]>`
    SELECT p.id::text FROM unnest(${pools}::uuid[]) AS p (id)
    WHERE EXISTS (
      SELECT FROM coupon_codes c
      WHERE c.program_id = ${programId}::uuid AND c.item_id = p.id AND c.redemption_id IS NULL)`;
  return new Set(filled.map(({ id }) => id));
}
