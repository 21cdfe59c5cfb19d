import { checkRate, type DatedRate } from '../../domain/rates/rate.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Rate } from '../../prisma/generated/client.ts';
import { fail, unwrap } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { listRatesInput, rateAnswer, setRateInput } from './schema.ts';

/** One a day for thirty pairs of units, for nine years. */
const RATES_MAX = 100_000;

const view = (row: Rate) => ({
  id: row.id,
  from: row.fromUnit,
  to: row.toUnit,
  rate: row.rate,
  validFrom: iso(row.validFrom),
  source: row.source,
  setBy: row.createdBy,
  setAt: iso(row.createdAt),
});

export const ratesRouter = router({
  set: mutation()
    .meta({
      rest: 'setRate POST /rates',
      doc:
        'Puts on record what one unit is worth in another from a time on, in the past or now. ' +
        'Events that are decided from now on go by the latest rate at their own time; what was decided ' +
        'before stays as it is. A rate is never changed: correct it by one of a later time. Refusals: ' +
        '`unit_unknown`, `rate_same_unit`, `rate_malformed`, `rate_not_positive`, `rate_in_future`, ' +
        `\`rate_known\` for a time from which on there is one, and \`conflict\` beyond ${RATES_MAX} rates.`,
    })
    .input(setRateInput)
    .output(rateAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const now_ms = ctx.services.now();
      const { from, to, rate } = input;
      const valid_from_ms = input.validFrom === undefined ? now_ms : Date.parse(input.validFrom);
      const dated = unwrap(checkRate({ from, to, rate, valid_from_ms }, now_ms));
      await lockProgramRow(tx, programId);
      await checkFree(tx, programId, dated);
      const id = newId(now_ms);
      const { source = null } = input;
      // By the database's clock, as events are decided, so that which came first is never in doubt.
      await tx.$executeRaw`
        INSERT INTO rates
          (program_id, id, from_unit, to_unit, rate, valid_from, source, created_by, created_at)
        VALUES (${programId}::uuid, ${id}::uuid, ${from}, ${to}, ${rate},
          ${new Date(valid_from_ms)}::timestamptz, ${source}, ${actor}, now())`;
      const row = await tx.rate.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
      const detail = { from, to, rate, validFrom: iso(row.validFrom) };
      await audit(tx, { programId, actor, action: 'rate.set', subject: `rate:${row.id}`, detail });
      return view(row);
    }),

  list: query()
    .meta({
      rest: 'listRates GET /rates',
      doc: "Lists the program's rates, those that were set last first: all, or only those of one unit.",
    })
    .input(listRatesInput)
    .output(pageAnswer(rateAnswer))
    .query(async ({ ctx, input: { unit, ...page } }) => {
      const { programId } = ctx;
      const which = unit === undefined ? {} : { OR: [{ fromUnit: unit }, { toUnit: unit }] };
      const rows = await ctx.services.db.rate.findMany(newest({ programId, ...which }, page));
      return newestPage(rows, page, view);
    }),
});

/** The caller has locked the program, so that of two at once one finds the other. */
async function checkFree(tx: Tx, programId: string, { from, to, valid_from_ms }: DatedRate): Promise<void> {
  const pair = [
    { fromUnit: from, toUnit: to },
    { fromUnit: to, toUnit: from },
  ];
  const where = { programId, validFrom: new Date(valid_from_ms), OR: pair };
  const known = await tx.rate.findFirst({ where, select: { rate: true } });
  if (known !== null) {
    throw fail('rate_known', 'There is a rate of these two units from that very time on: name a later one.');
  }
  if ((await tx.rate.count({ where: { programId } })) >= RATES_MAX) {
    throw fail('conflict', `A program has at most ${RATES_MAX} rates.`);
  }
}
