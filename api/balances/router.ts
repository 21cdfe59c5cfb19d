import { z } from 'zod';
import { balancesOf, budgetOf } from '../../ledger/balances.ts';
import { findMember } from '../trpc/lookups.ts';
import { query, router } from '../trpc/procedures.ts';
import { id, nothing } from '../trpc/schemas.ts';
import { moneyJsonOf } from '../trpc/views.ts';

export const balancesRouter = router({
  /**
   * A member's balances, one row a unit. pending: on hold. available: to be redeemed. reserved: in a
   * redemption under way. owed: below zero when a clawback found too little; later rewards are netted against
   * it.
   */
  get: query()
    .input(z.strictObject({ memberId: id }))
    .query(async ({ ctx, input }) => {
      const member = await findMember(ctx.services.db, ctx.programId, input.memberId);
      const rows = await balancesOf(ctx.services.db, ctx.programId, member.id);
      return rows.map((row) => ({
        unit: row.unit,
        pending: moneyJsonOf(row.pending_minor, row.unit),
        available: moneyJsonOf(row.available_minor, row.unit),
        reserved: moneyJsonOf(row.reserved_minor, row.unit),
        owed: moneyJsonOf(row.owed_minor, row.unit),
      }));
    }),

  /**
   * What the program has granted, net of what it took back, and the most that it may; `cap` null: no limit.
   */
  budget: query()
    .input(nothing)
    .query(async ({ ctx }) => {
      const rows = await budgetOf(ctx.services.db, ctx.programId);
      return rows.map((row) => ({
        unit: row.unit,
        cap: row.cap_minor === null ? null : moneyJsonOf(row.cap_minor, row.unit),
        spent: moneyJsonOf(row.spent_minor, row.unit),
      }));
    }),
});
