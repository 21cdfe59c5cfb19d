import { z } from 'zod';
import { nextCursorAnswer, timeAnswer } from '../trpc/answers.ts';
import { instant, pageFields } from '../trpc/schemas.ts';

export const auditEntryAnswer = z
  .strictObject({
    id: z.string().meta({ description: 'A running number, as a decimal string.', examples: ['1042'] }),
    actor: z.string().meta({
      description:
        'Who did it: `key:`, `user:` or `member:` with an id; `schedule`, a time that had come; `engine`, ' +
        'a limit that was reached.',
      examples: ['key:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'],
    }),
    action: z.string().meta({ examples: ['policy.published'] }),
    subject: z.string().meta({
      description: 'What it was done to: an id, or a word and a number.',
      examples: ['policy:3'],
    }),
    detail: z
      .record(z.string(), z.unknown())
      .readonly()
      .meta({ description: 'What else there is to know, in the form of its action.' }),
    at: timeAnswer,
  })
  .meta({ id: 'AuditEntry', description: 'Who did what to what, and when.' });

const EXPORT_MAX = 5_000;

export const exportAuditInput = z.strictObject({
  from: instant.meta({ description: 'Only what was done at this time or later.' }),
  to: instant.meta({ description: 'Only what was done before this time; at least a minute ago.' }),
  cursor: pageFields.cursor,
  limit: z
    .number()
    .int()
    .min(1)
    .max(EXPORT_MAX)
    .default(EXPORT_MAX)
    .meta({ description: 'The most entries to return.' }),
});

export const auditExportAnswer = z
  .strictObject({
    entries: z
      .number()
      .int()
      .meta({ description: 'How many lines there are.', examples: [2] }),
    ndjson: z
      .string()
      .nullable()
      .meta({ description: 'An entry a line, as JSON; null in a replay, which is read once.' }),
    sha256: z.string().meta({
      description: 'Of `ndjson` in UTF-8, in hexadecimal, as the log records it.',
      examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    }),
    nextCursor: nextCursorAnswer,
  })
  .meta({ id: 'AuditExport' });
