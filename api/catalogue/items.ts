import { z } from 'zod';
import { restock, STOCK_MAX } from '../../domain/catalogue/stock.ts';
import { audit } from '../../engine/audit/record.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { fail, notFound, unwrap } from '../http/errors.ts';
import { mutation } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { lockItem } from './find.ts';
import { changed, itemChange, itemInput, newItem } from './input.ts';
import { catalogueItemAnswer } from './schema.ts';
import { itemView } from './views.ts';

const ITEMS_MAX = 1_000;

/** The procedures that change the offer. */
export const itemProcedures = {
  create: mutation()
    .meta({
      rest: 'createCatalogueItem POST /catalogue',
      doc:
        'Offers something that members can redeem for. Refuses with `item_invalid` when its terms do not ' +
        'fit together, with `unit_mismatch` when its fee is in another unit than its price, with ' +
        '`conflict` above 1,000 items, and with `not_found` before the first policy.',
    })
    .input(itemInput)
    .output(catalogueItemAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const data = newItem(input, await policyUnit(tx, programId));
      await lockProgramRow(tx, programId);
      if ((await tx.catalogueItem.count({ where: { programId } })) >= ITEMS_MAX) {
        throw fail('conflict', `A catalogue has at most ${ITEMS_MAX} items.`);
      }
      const now = new Date(ctx.services.now());
      const item = await tx.catalogueItem.create({
        data: { ...data, programId, id: newId(now.getTime()), createdAt: now, updatedAt: now },
      });
      await audit(tx, { programId, actor, action: 'catalogue.created', subject: item.id });
      return itemView(item);
    }),

  update: mutation()
    .meta({
      rest: 'updateCatalogueItem PATCH /catalogue/{id}',
      doc:
        'Changes an item for requests from now on; a redemption keeps the terms of its own request. What ' +
        'is left out stays; a price takes the place of a minimum, and the other way round. Refuses with ' +
        '`item_unknown`, with `item_invalid` when the terms do not fit together, with `unit_mismatch` when ' +
        'its fee is in another unit than its price, and with `not_found` before the first policy.',
    })
    .input(
      z
        .strictObject({ id, ...itemChange.shape })
        .meta({ examples: [{ price: { minor: '900', unit: 'USD' }, memberLimit: null }] }),
    )
    .output(catalogueItemAnswer)
    .mutation(async ({ ctx, input: { id: itemId, ...change } }) => {
      const { tx, programId, actor } = ctx;
      const item = await lockItem(tx, programId, itemId);
      const columns = changed(item, change, await policyUnit(tx, programId));
      // Redemptions move the stock meanwhile, so the update leaves it out.
      const { stock: _, programId: __, id: ___, ...data } = { ...item, ...columns };
      const row = await tx.catalogueItem.update({
        where: { programId_id: { programId, id: itemId } },
        data: { ...data, updatedAt: new Date(ctx.services.now()) },
      });
      const detail = { fields: Object.keys(change) };
      await audit(tx, { programId, actor, action: 'catalogue.updated', subject: itemId, detail });
      return itemView(row);
    }),

  setActive: mutation()
    .meta({
      rest: 'setCatalogueItemActive PUT /catalogue/{id}/active',
      doc:
        'Takes an item from the offer, or puts it back. What is under way goes on. Refuses with ' +
        '`item_unknown`.',
    })
    .input(
      z.strictObject({
        id,
        active: z.boolean().meta({ description: 'False takes it from the offer.', examples: [false] }),
      }),
    )
    .output(catalogueItemAnswer)
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

  addStock: mutation()
    .meta({
      rest: 'addCatalogueStock POST /catalogue/{id}/stock',
      doc:
        "Adds units to an item's stock, or takes some away; never below zero. Refuses with `item_unknown`, " +
        'with `out_of_stock` when the stock holds less than is taken, and with `item_invalid` when the ' +
        'item counts no units or the stock would be too large.',
    })
    .input(
      z.strictObject({
        id,
        by: z
          .number()
          .int()
          .min(-STOCK_MAX)
          .max(STOCK_MAX)
          .meta({ description: 'Units to add; below zero: to take away.', examples: [10] }),
      }),
    )
    .output(catalogueItemAnswer)
    .mutation(async ({ ctx, input: { id: itemId, by } }) => {
      const { tx, programId, actor } = ctx;
      const { stock } = await lockItem(tx, programId, itemId);
      unwrap(restock(stock, by));
      const row = await tx.catalogueItem.update({
        where: { programId_id: { programId, id: itemId } },
        data: { stock: { increment: by } },
      });
      await audit(tx, { programId, actor, action: 'catalogue.stocked', subject: itemId, detail: { by } });
      return itemView(row);
    }),
};

/** The unit of the policy in force. Throws `not_found` before the first policy. */
async function policyUnit(tx: Tx, programId: string): Promise<string> {
  const current = await policyInForce(tx, programId);
  if (current === null) throw notFound('policy');
  return current.policy.unit;
}
