import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { addCoupons, maskCode, openCoupon } from '../../engine/catalogue/coupons.ts';
import { factsOf } from '../../engine/catalogue/item.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { newId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { after, encodePosition, newestFirst, pageOf } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { changed, itemChange, itemInput, newItem } from './input.ts';
import { eligibilityOf, itemView } from './views.ts';

const ITEMS_MAX = 1_000;
const CODES_MAX = 5_000;
const STOCK_STEP_MAX = 1_000_000_000;

const code = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

export const catalogueRouter = router({
  /** Offers something that members can redeem for. */
  create: mutation('catalogue:write')
    .input(itemInput)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const data = newItem(input, await policyUnit(tx, programId));
      await tx.$queryRaw`SELECT 1 FROM programs WHERE id = ${programId}::uuid FOR NO KEY UPDATE`;
      if ((await tx.catalogueItem.count({ where: { programId } })) >= ITEMS_MAX)
        throw fail('conflict', `A catalogue has at most ${ITEMS_MAX} items.`);
      const now = new Date(ctx.services.now());
      const item = await tx.catalogueItem.create({
        data: { ...data, programId, id: newId(now.getTime()), createdAt: now, updatedAt: now },
      });
      await audit(tx, { programId, actor, action: 'catalogue.created', subject: item.id });
      return itemView(item);
    }),

  /** Changes an item for what is asked for from now on; a redemption keeps the terms under which it was asked for. */
  update: mutation('catalogue:write')
    .input(z.strictObject({ id, ...itemChange.shape }))
    .mutation(async ({ ctx, input: { id: itemId, ...change } }) => {
      const { tx, programId, actor } = ctx;
      const item = await lockItem(tx, programId, itemId);
      const columns = changed(item, change, await policyUnit(tx, programId));
      // The stock moves by itself: it is not written back.
      const { stock: _, programId: __, id: ___, ...data } = { ...item, ...columns };
      const row = await tx.catalogueItem.update({
        where: { programId_id: { programId, id: itemId } },
        data: { ...data, updatedAt: new Date(ctx.services.now()) },
      });
      const detail = { fields: Object.keys(change) };
      await audit(tx, { programId, actor, action: 'catalogue.updated', subject: itemId, detail });
      return itemView(row);
    }),

  /** Takes an item from the offer, or puts it back. What is under way goes on. */
  setActive: mutation('catalogue:write')
    .input(z.strictObject({ id, active: z.boolean() }))
    .mutation(async ({ ctx, input: { id: itemId, active } }) => {
      const { tx, programId, actor } = ctx;
      await lockItem(tx, programId, itemId);
      const row = await tx.catalogueItem.update({
        where: { programId_id: { programId, id: itemId } },
        data: { active, updatedAt: new Date(ctx.services.now()) },
      });
      const action = active ? 'catalogue.activated' : 'catalogue.deactivated';
      await audit(tx, { programId, actor, action, subject: itemId });
      return itemView(row);
    }),

  /** Adds units to an item's stock, or takes some away; never below zero. */
  addStock: mutation('catalogue:write')
    .input(z.strictObject({ id, by: z.number().int().min(-STOCK_STEP_MAX).max(STOCK_STEP_MAX) }))
    .mutation(async ({ ctx, input: { id: itemId, by } }) => {
      const { tx, programId, actor } = ctx;
      const { stock } = await lockItem(tx, programId, itemId);
      if (stock === null) throw fail('item_invalid', 'This item has no stock that is counted so.');
      if (stock + by < 0) throw fail('out_of_stock', 'The stock holds less than that.');
      if (stock + by > STOCK_STEP_MAX) throw fail('item_invalid', `A stock is at most ${STOCK_STEP_MAX}.`);
      const row = await tx.catalogueItem.update({
        where: { programId_id: { programId, id: itemId } },
        data: { stock: { increment: by } },
      });
      await audit(tx, { programId, actor, action: 'catalogue.stocked', subject: itemId, detail: { by } });
      return itemView(row);
    }),

  /** Adds codes to a pool. Those that the program has already are left out and counted. */
  addCoupons: mutation('catalogue:write')
    .input(z.strictObject({ id, codes: z.array(code).min(1).max(CODES_MAX) }))
    .mutation(async ({ ctx, input: { id: itemId, codes } }) => {
      const { tx, programId, actor } = ctx;
      const item = await findItem(tx, programId, itemId);
      if (item.kind !== 'coupon') throw fail('item_invalid', 'Only a coupon pool has codes.');
      const secret = ctx.services.settings.badgeSecret;
      const batch = await addCoupons(tx, { programId, itemId, secret }, codes);
      const { batchId, added, duplicates } = batch;
      const detail = { batchId, added, duplicates };
      await audit(tx, { programId, actor, action: 'coupons.added', subject: itemId, detail });
      return batch;
    }),

  /** One item; with `memberId` also whether the member may have it. */
  get: query()
    .input(z.strictObject({ id, memberId: id.optional() }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const row = await findItem(db, ctx.programId, input.id);
      const show = await showFor(db, ctx, [row], input.memberId);
      return show(row);
    }),

  /** The offer, the newest first; with `memberId` what is offered now, and whether the member may have it. */
  list: query()
    .input(z.strictObject({ ...pageFields, memberId: id.optional() }).prefault({}))
    .query(async ({ ctx, input: { cursor, limit, memberId } }) => {
      const { db } = ctx.services;
      const rows = await db.catalogueItem.findMany({
        where: {
          programId: ctx.programId,
          ...(memberId === undefined ? {} : { active: true }),
          ...after(cursor),
        },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, await showFor(db, ctx, rows, memberId));
    }),

  /** What is left of an item: units, or codes; null: unlimited. */
  stock: query()
    .input(z.strictObject({ id }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const { programId } = ctx;
      const item = await findItem(db, programId, input.id);
      if (item.kind !== 'coupon') return { left: item.stock, taken: null, shown: null };
      const where = { programId, itemId: item.id };
      const [left, taken, shown] = await Promise.all([
        db.couponCode.count({ where: { ...where, redemptionId: null } }),
        db.couponCode.count({ where: { ...where, redemptionId: { not: null } } }),
        db.couponCode.count({ where: { ...where, shownAt: { not: null } } }),
      ]);
      return { left, taken, shown };
    }),

  /** A pool's codes, the newest first, each with its last characters alone. */
  coupons: query()
    .input(z.strictObject({ ...pageFields, id }))
    .query(async ({ ctx, input: { cursor, limit, id: itemId } }) => {
      const { db, settings } = ctx.services;
      await findItem(db, ctx.programId, itemId);
      const rows = await db.couponCode.findMany({
        where: { programId: ctx.programId, itemId, ...after(cursor) },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, (row) => ({
        id: row.id,
        batchId: row.batchId,
        masked: maskCode(openCoupon(row, settings.badgeSecret) ?? ''),
        redemptionId: row.redemptionId,
        takenAt: isoOrNull(row.takenAt),
        shownAt: isoOrNull(row.shownAt),
        createdAt: iso(row.createdAt),
      }));
    }),

  /** The code that a member redeemed for, for the member's eyes: from the first look on it is the member's for good. */
  reveal: mutation('redemptions:write')
    .meta({ shownOnce: 'code' })
    .input(z.strictObject({ redemptionId: id, memberId: id }))
    .mutation(async ({ ctx, input: { redemptionId, memberId } }) => {
      const { tx, programId } = ctx;
      const redemption = await tx.redemption.findFirst({
        where: { programId, id: redemptionId, memberId },
        include: { coupon: true },
      });
      if (redemption?.coupon == null) throw notFound('coupon');
      if (redemption.status !== 'settled') throw fail('stage_forbids', 'The redemption is not settled yet.');
      const opened: string | null = openCoupon(redemption.coupon, ctx.services.settings.badgeSecret);
      if (opened === null) throw fail('secret_unreadable', 'The code cannot be opened with this secret.');
      await tx.couponCode.updateMany({
        where: { programId, id: redemption.coupon.id, shownAt: null },
        data: { shownAt: new Date(ctx.services.now()) },
      });
      return { redemptionId, itemId: redemption.itemId, code: opened };
    }),
});

async function policyUnit(tx: Tx, programId: string): Promise<string> {
  const current = await policyInForce(tx, programId);
  if (current === null) throw notFound('policy');
  return current.policy.unit;
}

async function findItem(db: Database | Tx, programId: string, itemId: string): Promise<CatalogueItem> {
  const row = await db.catalogueItem.findUnique({ where: { programId_id: { programId, id: itemId } } });
  if (row === null) throw fail('item_unknown', 'There is no such item.');
  return row;
}

async function lockItem(tx: Tx, programId: string, itemId: string): Promise<CatalogueItem> {
  await tx.$queryRaw`
    SELECT 1 FROM catalogue_items WHERE program_id = ${programId}::uuid AND id = ${itemId}::uuid FOR NO KEY UPDATE`;
  return await findItem(tx, programId, itemId);
}

type ShownItem = ReturnType<typeof itemView> & {
  readonly forMember: ReturnType<typeof eligibilityOf> | null;
};

/** Shows items, and for a member whether each is for that member. */
async function showFor(
  db: Database,
  ctx: { readonly programId: string; readonly services: { now(): number } },
  rows: readonly CatalogueItem[],
  memberId: string | undefined,
): Promise<(row: CatalogueItem) => ShownItem> {
  if (memberId === undefined) return (row: CatalogueItem) => ({ ...itemView(row), forMember: null });
  await findMember(db, ctx.programId, memberId);
  const { programId, services } = ctx;
  const asker = { programId, memberId, redemptionId: null, now_ms: services.now() };
  const facts = await factsOf(db, rows, asker);
  return (row: CatalogueItem) => ({ ...itemView(row), forMember: eligibilityOf(row, facts(row)) });
}
