import { z } from 'zod';
import { pageAnswer, timeAnswer } from '../trpc/answers.ts';
import { note } from '../trpc/schemas.ts';

const idMeta = { description: 'The name of a schedule of the engine.', examples: ['upkeep'] };

export const whichSchedule = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/)
    .meta(idMeta),
});

export const scheduleStepInput = z.strictObject({
  ...whichSchedule.shape,
  note: note.meta({
    description: 'Why; the list shows it, and the audit log keeps it.',
    examples: ['maintenance of the database'],
  }),
});

const scheduleId = z.string().meta(idMeta);

const runFailureAnswer = z
  .strictObject({ type: z.string(), message: z.string() })
  .meta({ id: 'ScheduleRunFailure' });

export const scheduleRunAnswer = z
  .strictObject({
    scheduledAt: timeAnswer,
    startedAt: timeAnswer,
    endedAt: timeAnswer.nullable().meta({ description: 'Null: it is under way.' }),
    status: z.string().meta({
      description: 'Temporal’s word for it, such as `RUNNING`, `COMPLETED` or `FAILED`.',
      examples: ['COMPLETED'],
    }),
    result: z.unknown().meta({
      description: 'What came of it, in numbers and codes, each schedule in its own form; null: nothing yet.',
      examples: [{ closed: 0, awarded: 0, unpaid: 0 }],
    }),
    failure: runFailureAnswer.nullable(),
  })
  .meta({ id: 'ScheduleRun' });

export const scheduleAnswer = z
  .strictObject({
    id: scheduleId,
    purpose: z
      .string()
      .nullable()
      .meta({ examples: ['lapses expired lots, proves the ledger, finds what is stuck'] }),
    paused: z.boolean(),
    note: z.string().nullable().meta({ description: 'The note of the latest pause or resumption.' }),
    running: z.boolean().meta({ description: 'Whether a run is under way.' }),
    lastRun: scheduleRunAnswer.nullable().meta({
      description: 'Null before the first run, and when Temporal no longer keeps it.',
    }),
    nextRuns: z.array(timeAnswer).meta({ description: 'Five at the most; none while it is paused.' }),
  })
  .meta({ id: 'Schedule', description: 'Work of the engine that recurs, over all programs.' });

export const schedulesAnswer = pageAnswer(scheduleAnswer);

export const scheduleStartAnswer = z
  .strictObject({
    id: scheduleId,
    started: z.boolean().meta({ description: 'False: a run was under way, which does the work.' }),
  })
  .meta({ id: 'ScheduleStart' });

export const schedulePauseAnswer = z
  .strictObject({ id: scheduleId, paused: z.boolean() })
  .meta({ id: 'SchedulePause', description: 'Whether a schedule is paused, after a step.' });
