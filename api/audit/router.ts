import { z } from 'zod';
import { pageAnswer } from '../trpc/answers.ts';
import { decodeNumber, encodeNumber, pageOf } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { query, router } from '../trpc/procedures.ts';
import { pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { auditEntryAnswer } from './schema.ts';

const listInput = z
  .strictObject({
    ...pageFields,
    subject: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .meta({
        description: 'Only what was done to this: an id, or a word and a number.',
        examples: ['policy:3'],
      }),
  })
  .prefault({});

export const auditRouter = router({
  list: query()
    .meta({
      rest: 'listAuditEntries GET /audit',
      doc: 'Lists who did what in the program, the newest first; of one subject when named.',
    })
    .input(listInput)
    .output(pageAnswer(auditEntryAnswer))
    .query(async ({ ctx, input: { cursor, limit, subject } }) => {
      const rows = await ctx.services.db.auditEntry.findMany({
        where: {
          programId: ctx.programId,
          ...given({ subject }),
          ...(cursor == null ? {} : { id: { lt: decodeNumber(cursor) } }),
        },
        orderBy: { id: 'desc' },
        take: limit + 1,
      });
      return pageOf(
        rows,
        limit,
        (row) => encodeNumber(row.id),
        (row) => ({
          id: row.id.toString(),
          actor: row.actor,
          action: row.action,
          subject: row.subject,
          detail: row.detail as Readonly<Record<string, unknown>>,
          at: iso(row.at),
        }),
      );
    }),
});
