import type { CatalogueFacts, CatalogueLimits, CatalogueTerms } from '../../domain/catalogue.ts';
import type { RedemptionMethod } from '../../domain/redemption.ts';
import type { Tx } from '../../prisma/client.ts';
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

/** Who asks for what; `redemptionId` is not counted among what the member has redeemed before. */
export interface ItemAsker {
  readonly programId: string;
  readonly memberId: string;
  readonly redemptionId: string | null;
  readonly now_ms: number;
}

/** What is known of the member who asks for an item, and of what is left of it. Asks the database only what the item needs. */
export async function itemFacts(tx: Tx, row: CatalogueItem, asker: ItemAsker): Promise<CatalogueFacts> {
  const { programId, memberId, now_ms } = asker;
  return {
    now_ms,
    level: row.minLevel === null ? null : await levelOf(tx, programId, memberId),
    holds_badge: row.badge === null || (await holdsBadge(tx, row.badge, asker)),
    redeemed: row.memberLimit === null ? 0 : await countRedeemed(tx, row.id, asker),
    left: row.kind === 'coupon' ? await countFree(tx, programId, row.id) : row.stock,
  };
}

async function holdsBadge(
  tx: Tx,
  label: string,
  { programId, memberId, now_ms }: ItemAsker,
): Promise<boolean> {
  const held = await tx.reward.findFirst({
    where: {
      programId,
      memberId,
      kind: 'badge',
      label,
      status: { not: 'reversed' },
      OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now_ms) } }],
    },
    select: { id: true },
  });
  return held !== null;
}

/** What is only asked for does not count: its own decision comes. */
function countRedeemed(tx: Tx, itemId: string, asker: ItemAsker): Promise<number> {
  const { programId, memberId, redemptionId } = asker;
  return tx.redemption.count({
    where: {
      programId,
      memberId,
      itemId,
      status: { notIn: ['requested', 'refused', 'released'] },
      ...(redemptionId === null ? {} : { id: { not: redemptionId } }),
    },
  });
}

/** Whether any code is free: 1 or 0, as a pool may hold millions. */
export async function countFree(tx: Tx, programId: string, itemId: string): Promise<number> {
  const free = await tx.couponCode.findFirst({
    where: { programId, itemId, redemptionId: null },
    select: { id: true },
  });
  return free === null ? 0 : 1;
}
