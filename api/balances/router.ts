import { budgetOf } from '../../ledger/balances.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { wholePage } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { query } from '../trpc/procedures.ts';
import { nothing } from '../trpc/schemas.ts';
import { moneyJsonOf } from '../trpc/views.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { readBalances } from './read.ts';
import { balanceAnswer, budgetAnswer } from './schema.ts';

export const balancesRouter = router({
  get: query()
    .meta({
      rest: 'listBalances GET /members/{memberId}/balances',
      doc:
        "Lists a member's balances, one a unit; none when nothing was ever granted. Refuses with " +
        '`member_unknown` a member who is not there.',
    })
    .input(oneMember(MEMBER, {}))
    .output(pageAnswer(balanceAnswer))
    .query(async ({ ctx, input }) => {
      const member = await findMember(ctx.services.db, ctx.programId, input);
      return await readBalances(ctx.services.db, ctx.programId, member.id);
    }),

  budget: query()
    .meta({
      rest: 'listBudgets GET /budgets',
      doc:
        'Lists what the program has granted, net of what it took back, and the most that it may, one ' +
        'item a unit; a unit in which nothing was granted and no limit set is not there.',
    })
    .input(nothing)
    .output(pageAnswer(budgetAnswer))
    .query(async ({ ctx }) => {
      const rows = await budgetOf(ctx.services.db, ctx.programId);
      const items = rows.map((row) => ({
        unit: row.unit,
        cap: row.cap_minor === null ? null : moneyJsonOf(row.cap_minor, row.unit),
        spent: moneyJsonOf(row.spent_minor, row.unit),
      }));
      return wholePage(items);
    }),
});
