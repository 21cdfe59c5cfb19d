import { z } from 'zod';
import { pageAnswer } from '../trpc/answers.ts';
import { decodeNumber, encodeNumber, pageOf, within } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { router, scoped } from '../trpc/procedures.ts';
import { instant, pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { auditEntryAnswer } from './schema.ts';

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

export const auditRouter = router({
  list: scoped('audit:read')
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
