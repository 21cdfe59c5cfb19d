import { z } from 'zod';
import { factsOf } from '../../engine/catalogue/item.ts';
import type { Database } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { findMember, type WhichMember } from '../trpc/lookups.ts';
import { query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { anyMember, MEMBER } from '../trpc/which-member.ts';
import { findItem } from './find.ts';
import { catalogueStockAnswer, offeredItemAnswer } from './schema.ts';
import { eligibilityOf, itemView } from './views.ts';

const ASKING = { ...MEMBER, about: 'The member who asks for what is offered.' };

/** The procedures that show the offer. */
export const offerProcedures = {
  get: query()
    .meta({
      rest: 'getCatalogueItem GET /catalogue/{id}',
      doc:
        'Returns one item; for a member also whether they may redeem it now, apart from the ' +
        'balance. Refuses with `item_unknown` or `member_unknown`.',
    })
    .input(anyMember([ASKING], { id }))
    .output(offeredItemAnswer)
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const row = await findItem(db, ctx.programId, input.id);
      const show = await showFor(db, ctx, [row], input);
      return show(row);
    }),

  list: query()
    .meta({
      rest: 'listCatalogueItems GET /catalogue',
      doc:
        'Lists the items of the catalogue, the newest first. For a member it leaves out what was taken ' +
        'from the offer, and says of each item whether the member may redeem it now, apart from the ' +
        'balance. Refuses with `member_unknown`.',
    })
    .input(anyMember([ASKING], pageFields).prefault({}))
    .output(pageAnswer(offeredItemAnswer))
    .query(async ({ ctx, input: { memberId, externalId, ...input } }) => {
      const { db } = ctx.services;
      const isForMember = memberId !== undefined || externalId !== undefined;
      const offered = isForMember ? { active: true } : {};
      const rows = await db.catalogueItem.findMany(newest({ programId: ctx.programId, ...offered }, input));
      return newestPage(rows, input, await showFor(db, ctx, rows, { memberId, externalId }));
    }),

  stock: query()
    .meta({
      rest: 'getCatalogueStock GET /catalogue/{id}/stock',
      doc:
        'Returns what is left of an item: units, or codes of a pool of coupons; null when it is unlimited. ' +
        'Refuses with `item_unknown`.',
    })
    .input(z.strictObject({ id }))
    .output(catalogueStockAnswer)
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

/** Shows items, and for a member whether each is for that member. */
async function showFor(
  db: Database,
  ctx: { readonly programId: string; readonly services: { now(): number } },
  rows: readonly CatalogueItem[],
  which: WhichMember,
): Promise<(row: CatalogueItem) => z.infer<typeof offeredItemAnswer>> {
  const { programId, services } = ctx;
  if (which.memberId === undefined && which.externalId === undefined) {
    return (row: CatalogueItem) => ({ ...itemView(row), forMember: null });
  }
  const { id: memberId } = await findMember(db, programId, which);
  const asker = { programId, memberId, redemptionId: null, now_ms: services.now() };
  const facts = await factsOf(db, rows, asker);
  return (row: CatalogueItem) => ({ ...itemView(row), forMember: eligibilityOf(row, facts(row)) });
}
