import { z } from 'zod';
import { factsOf } from '../../engine/catalogue/item.ts';
import type { Database } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { findItem } from './find.ts';
import { eligibilityOf, itemView } from './views.ts';

/** The procedures that show the offer. */
export const offerProcedures = {
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
    .query(async ({ ctx, input: { memberId, ...input } }) => {
      const { db } = ctx.services;
      const offered = memberId === undefined ? {} : { active: true };
      const rows = await db.catalogueItem.findMany(newest({ programId: ctx.programId, ...offered }, input));
      return newestPage(rows, input, await showFor(db, ctx, rows, memberId));
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
};

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
