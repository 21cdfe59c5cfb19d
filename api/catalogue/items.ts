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
import { itemView } from './views.ts';

const ITEMS_MAX = 1_000;

/** The procedures that change the offer. */
export const itemProcedures = {
  /** Offers something that members can redeem for. */
  create: mutation('catalogue:write')
    .input(itemInput)
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

  /** Changes an item for requests from now on; a redemption keeps the terms of its own request. */
  update: mutation('catalogue:write')
    .input(z.strictObject({ id, ...itemChange.shape }))
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
    .input(z.strictObject({ id, by: z.number().int().min(-STOCK_MAX).max(STOCK_MAX) }))
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
