import { judgeItem } from '../../domain/catalogue/item.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { itemFacts, limitsOf, poolsWithCodes } from '../../engine/catalogue/item.ts';
import type { Tx } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import type { LockedRedemption, RedemptionRef } from './snapshot.ts';

/** What is locked for a redemption until its transaction ends, to be taken once the balance is reserved. */
export type Picked =
  | { readonly from: 'nothing' }
  | { readonly from: 'stock'; readonly itemId: string }
  | { readonly from: 'coupons'; readonly codeId: string };

/** Others may take the code that we wait for, and the next one too. */
const LOOKS_MAX = 20;

/**
 * Locks the unit of stock or the coupon that a redemption is for. Writes nothing. The caller holds the
 * member's lock, without which two redemptions at once could pass a limit of one. Refusals: `item_unknown`
 * and those of `judgeItem`.
 */
export async function pickItem(
  tx: Tx,
  ref: RedemptionRef,
  redemption: LockedRedemption,
): Promise<Result<Picked>> {
  const { itemId, memberId } = redemption;
  if (itemId === null) return ok({ from: 'nothing' });
  const { programId, redemptionId, now_ms } = ref;
  const item = await lockItem(tx, programId, itemId);
  if (item === null) return refuse('item_unknown', 'There is no such item.');
  const facts = await itemFacts(tx, item, { programId, memberId, redemptionId, now_ms });
  const judged = judgeItem(limitsOf(item), facts);
  if (!judged.ok) return judged;
  if (item.kind === 'coupon') return await pickCode(tx, item);
  return ok(item.stock === null ? { from: 'nothing' } : { from: 'stock', itemId });
}

/** Only what has a stock is locked: everything else can be redeemed side by side. */
async function lockItem(tx: Tx, programId: string, id: string): Promise<CatalogueItem | null> {
  await tx.$queryRaw`
    SELECT 1 FROM catalogue_items
    WHERE program_id = ${programId}::uuid AND id = ${id}::uuid AND stock IS NOT NULL FOR NO KEY UPDATE`;
  return await tx.catalogueItem.findUnique({ where: { programId_id: { programId, id } } });
}

async function pickCode(tx: Tx, item: CatalogueItem): Promise<Result<Picked>> {
  const { programId, id: itemId } = item;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const codeId = await lockCode(tx, programId, itemId);
    if (codeId !== null) return ok({ from: 'coupons', codeId });
    if (!(await poolsWithCodes(tx, programId, [item])).has(itemId)) {
      return refuse('out_of_stock', 'No code is left of this item.');
    }
  }
  throw new Error(`the codes of item ${itemId} were taken by others ${LOOKS_MAX} times`);
}

/**
 * Finds a free code that nobody else has locked. When all are locked, waits for one, because its holder may
 * not take it in the end.
 */
async function lockCode(tx: Tx, programId: string, itemId: string): Promise<string | null> {
  const [free] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM coupon_codes
    WHERE program_id = ${programId}::uuid AND item_id = ${itemId}::uuid AND redemption_id IS NULL
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (free !== undefined) return free.id;
  const [waited] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM coupon_codes
    WHERE program_id = ${programId}::uuid AND item_id = ${itemId}::uuid AND redemption_id IS NULL
    ORDER BY id LIMIT 1 FOR UPDATE`;
  return waited?.id ?? null;
}

/** Takes what was picked for a redemption, in the transaction that picked it. */
export async function take(
  tx: Tx,
  { programId, redemptionId }: RedemptionRef,
  picked: Picked,
): Promise<void> {
  if (picked.from === 'stock') {
    await tx.$executeRaw`
      WITH redemption AS (
        UPDATE redemptions SET stock_taken = true
        WHERE program_id = ${programId}::uuid AND id = ${redemptionId}::uuid
      )
      UPDATE catalogue_items SET stock = stock - 1
      WHERE program_id = ${programId}::uuid AND id = ${picked.itemId}::uuid`;
  }
  if (picked.from === 'coupons') {
    await tx.$executeRaw`
      UPDATE coupon_codes SET redemption_id = ${redemptionId}::uuid, taken_at = now()
      WHERE program_id = ${programId}::uuid AND id = ${picked.codeId}::uuid`;
  }
}

/**
 * Gives back what a redemption took, once: the unit to the stock, and the code to its pool unless the member
 * has seen it. Called before the ledger, because everything that locks both locks stock first.
 */
export async function giveBack(tx: Tx, { programId, redemptionId }: RedemptionRef): Promise<void> {
  await tx.$executeRaw`
    WITH redemption AS (
      UPDATE redemptions SET stock_taken = false
      WHERE program_id = ${programId}::uuid AND id = ${redemptionId}::uuid AND stock_taken RETURNING item_id
    )
    UPDATE catalogue_items SET stock = stock + 1
    WHERE program_id = ${programId}::uuid AND id = (SELECT item_id FROM redemption) AND stock IS NOT NULL`;
  await tx.$executeRaw`
    UPDATE coupon_codes SET redemption_id = NULL, taken_at = NULL
    WHERE program_id = ${programId}::uuid AND redemption_id = ${redemptionId}::uuid AND shown_at IS NULL`;
}
