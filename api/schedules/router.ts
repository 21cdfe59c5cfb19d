import { audit } from '../../engine/audit/record.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Services } from '../context.ts';
import { router } from '../trpc/builder.ts';
import { wholePage } from '../trpc/cursor.ts';
import { platformMutation, platformQuery } from '../trpc/procedures.ts';
import { nothing } from '../trpc/schemas.ts';
import { onSchedule, SCHEDULE_REFUSALS } from './act.ts';
import { listSchedules } from './list.ts';
import {
  schedulePauseAnswer,
  scheduleStartAnswer,
  scheduleStepInput,
  schedulesAnswer,
  whichSchedule,
} from './schema.ts';

/** The schedules are the engine's, over all programs: for platform keys. */
export const schedulesRouter = router({
  list: platformQuery()
    .meta({
      rest: 'listSchedules GET /schedules',
      doc:
        'Lists every schedule, in the order of their names: what it is for, whether it is paused, its last ' +
        'run with what came of it, its next runs. Platform keys only. Refusal: `schedules_unavailable`.',
    })
    .input(nothing)
    .output(schedulesAnswer)
    .query(async ({ ctx }) => wholePage(await listSchedules(ctx.services))),

  run: platformMutation()
    .meta({
      rest: 'runSchedule POST /schedules/{id}/run',
      doc:
        "Runs a schedule's work now. While a run is under way that run does it (`started` is false): two " +
        'never run at a time. Platform keys only. Refusals: `schedules_unavailable`, `not_found`.',
    })
    .input(whichSchedule)
    .output(scheduleStartAnswer)
    .mutation(async ({ ctx, input }) => {
      const alreadyRunning = await takeStep(ctx, 'run', input, async (schedule, { info }) => {
        await schedule.trigger();
        return info.runningActions.length > 0;
      });
      return { id: input.id, started: !alreadyRunning };
    }),

  pause: platformMutation()
    .meta({
      rest: 'pauseSchedule POST /schedules/{id}/pause',
      doc:
        'Pauses a schedule: it starts no more runs until it is resumed; one that is under way goes on. ' +
        'Platform keys only. Refusals: `schedules_unavailable`, `not_found`.',
    })
    .input(scheduleStepInput)
    .output(schedulePauseAnswer)
    .mutation(async ({ ctx, input }) => {
      await takeStep(ctx, 'pause', input, (schedule) =>
        schedule.pause(input.note ?? 'paused by an operator'),
      );
      return { id: input.id, paused: true };
    }),

  resume: platformMutation()
    .meta({
      rest: 'resumeSchedule POST /schedules/{id}/resume',
      doc:
        'Resumes a schedule after a pause; the next run catches up on what was missed. Platform keys only. ' +
        'Refusals: `schedules_unavailable`, `not_found`.',
    })
    .input(scheduleStepInput)
    .output(schedulePauseAnswer)
    .mutation(async ({ ctx, input }) => {
      await takeStep(ctx, 'resume', input, (schedule) =>
        schedule.unpause(input.note ?? 'resumed by an operator'),
      );
      return { id: input.id, paused: false };
    }),
});

interface Operator {
  readonly tx: Tx;
  readonly actor: string;
  readonly services: Services;
}

/** Writes the audit entry before it acts: a step that cannot be recorded is not taken. */
async function takeStep<T>(
  { tx, actor, services }: Operator,
  step: 'run' | 'pause' | 'resume',
  { id, note: reason }: { readonly id: string; readonly note?: string | undefined },
  work: Parameters<typeof onSchedule<T>>[3],
): Promise<T> {
  await onSchedule(services, id, SCHEDULE_REFUSALS, async () => undefined);
  const detail = reason === undefined ? {} : { note: reason };
  await audit(tx, { programId: null, actor, action: `schedule.${step}`, subject: id, detail });
  return await onSchedule(services, id, SCHEDULE_REFUSALS, work);
}
