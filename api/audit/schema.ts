import { z } from 'zod';
import { timeAnswer } from '../trpc/answers.ts';

export const auditEntryAnswer = z
  .strictObject({
    id: z.string().meta({ description: 'A running number, as a decimal string.', examples: ['1042'] }),
    actor: z.string().meta({
      description: 'Who did it: `key:` and the id of an API key, or `schedule`.',
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
