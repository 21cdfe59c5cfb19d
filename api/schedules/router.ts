import { audit } from '../../engine/audit/record.ts';
import type { Services } from '../context.ts';
import { router } from '../trpc/builder.ts';
import { wholePage } from '../trpc/cursor.ts';
import type { TakeStep } from '../trpc/outside-step.ts';
import { outsidePlatformMutation, platformQuery } from '../trpc/procedures.ts';
import { nothing } from '../trpc/schemas.ts';
import { SCHEDULE_REFUSALS, type ScheduleDescription, type ScheduleHandle, scheduleStep } from './act.ts';
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

  run: outsidePlatformMutation()
    .meta({
      rest: 'runSchedule POST /schedules/{id}/run',
      doc:
        "Runs a schedule's work now. While a run is under way that run does it (`started` is false): two " +
        'never run at a time. Platform keys only. Refusals: `schedules_unavailable`, `not_found`.',
    })
    .input(whichSchedule)
    .output(scheduleStartAnswer)
    .mutation(({ ctx, input: { id } }) =>
      takeStep(ctx, 'run', { id }, async (schedule, { info }) => {
        await schedule.trigger();
        return { id, started: info.runningActions.length === 0 };
      }),
    ),

  pause: outsidePlatformMutation()
    .meta({
      rest: 'pauseSchedule POST /schedules/{id}/pause',
      doc:
        'Pauses a schedule: it starts no more runs until it is resumed; one that is under way goes on. ' +
        'Platform keys only. Refusals: `schedules_unavailable`, `not_found`.',
    })
    .input(scheduleStepInput)
    .output(schedulePauseAnswer)
    .mutation(({ ctx, input }) =>
      takeStep(ctx, 'pause', input, async (schedule) => {
        await schedule.pause(input.note ?? 'paused by an operator');
        return { id: input.id, paused: true };
      }),
    ),

  resume: outsidePlatformMutation()
    .meta({
      rest: 'resumeSchedule POST /schedules/{id}/resume',
      doc:
        'Resumes a schedule after a pause; the next run catches up on what was missed. Platform keys only. ' +
        'Refusals: `schedules_unavailable`, `not_found`.',
    })
    .input(scheduleStepInput)
    .output(schedulePauseAnswer)
    .mutation(({ ctx, input }) =>
      takeStep(ctx, 'resume', input, async (schedule) => {
        await schedule.unpause(input.note ?? 'resumed by an operator');
        return { id: input.id, paused: false };
      }),
    ),
});

interface Operator {
  readonly step: TakeStep;
  readonly actor: string;
  readonly services: Services;
}

/** Takes a step on a schedule, with its entry in the audit log. */
function takeStep<T>(
  { step, actor, services }: Operator,
  name: 'run' | 'pause' | 'resume',
  { id, note: reason }: { readonly id: string; readonly note?: string | undefined },
  take: (schedule: ScheduleHandle, description: ScheduleDescription) => Promise<T>,
): Promise<T> {
  const detail = reason === undefined ? {} : { note: reason };
  const entry = { programId: null, actor, action: `schedule.${name}`, subject: id, detail };
  return step(scheduleStep(services, id, SCHEDULE_REFUSALS, { record: (tx) => audit(tx, entry), take }));
}
