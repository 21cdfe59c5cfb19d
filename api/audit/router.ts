import { z } from 'zod';
import { fail } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { decodeNumber, encodeNumber, pageOf, within } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { instant, pageFields } from '../trpc/schemas.ts';
import { exportAudit } from './export.ts';
import { auditEntryAnswer, auditExportAnswer, exportAuditInput } from './schema.ts';
import { auditEntryView } from './view.ts';

const word = z.string().min(1).max(255).optional();

const listInput = z
  .strictObject({
    ...pageFields,
    subject: word.meta({
      description: 'Only what was done to this: an id, or a word and a number.',
      examples: ['policy:3'],
    }),
    actor: word.meta({
      description: 'Only what this one did, named as in the entries.',
      examples: ['schedule'],
    }),
    action: word.meta({ description: 'Only entries of this action.', examples: ['policy.published'] }),
    from: instant.optional().meta({ description: 'Only what was done at this time or later.' }),
    to: instant.optional().meta({ description: 'Only what was done before this time.' }),
  })
  .prefault({});

/** Longer than any transaction takes: an entry has the time at which its transaction began. */
const EXPORT_LAG_MS = 60_000;

export const auditRouter = router({
  list: query()
    .meta({
      rest: 'listAuditEntries GET /audit',
      doc:
        'Lists who did what in the program, the newest first: all of it, or only of one subject, actor or ' +
        'action, or of some time.',
    })
    .input(listInput)
    .output(pageAnswer(auditEntryAnswer))
    .query(async ({ ctx, input: { cursor, limit, from, to, ...filters } }) => {
      const rows = await ctx.services.db.auditEntry.findMany({
        where: {
          programId: ctx.programId,
          ...given(filters),
          at: within(from, to),
          ...(cursor == null ? {} : { id: { lt: decodeNumber(cursor) } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
      });
      return pageOf(rows, limit, (row) => encodeNumber(row.id), auditEntryView);
    }),

  export: mutation()
    .meta({
      rest: 'exportAuditEntries POST /audit/export',
      doc:
        'Exports the entries of a time, the oldest first, as NDJSON with its SHA-256: at most 5,000, and ' +
        'the next ones with `nextCursor`. The log itself records the export, with the SHA-256. Refuses ' +
        'with `input_invalid` a time that is not over for a minute, because entries of it may be on their ' +
        'way. A replay under the same idempotency key has null in place of the text.',
      shownOnce: 'ndjson',
    })
    .input(exportAuditInput)
    .output(auditExportAnswer)
    .mutation(({ ctx, input: { from, to, cursor = null, limit } }) => {
      const [begin, end] = [new Date(from), new Date(to)];
      if (ctx.services.now() - end.getTime() < EXPORT_LAG_MS) {
        throw fail('input_invalid', 'The input is not valid.', [
          { path: 'to', message: 'must lie back by a minute' },
        ]);
      }
      return exportAudit(ctx, { from: begin, to: end, cursor, limit });
    }),
});
