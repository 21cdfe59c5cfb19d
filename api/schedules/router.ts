import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Services } from '../context.ts';
import { platformMutation, platformQuery, router } from '../trpc/procedures.ts';
import { note, nothing } from '../trpc/schemas.ts';
import { onSchedule, SCHEDULE_REFUSALS } from './act.ts';
import { listSchedules } from './list.ts';

const which = z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/) });
const withNote = z.strictObject({ ...which.shape, note });

/** The schedules are the engine's, over all programs: for platform keys. */
export const schedulesRouter = router({
  /**
   * Every schedule: what it is for, whether it is paused, its last run with what came of it, its next runs.
   */
  list: platformQuery()
    .input(nothing)
    .query(async ({ ctx }) => ({ items: await listSchedules(ctx.services) })),

  /** Runs a schedule's work now. While a run is under way that run does it: two never run at a time. */
  run: platformMutation()
    .input(which)
    .mutation(async ({ ctx, input }) => {
      const alreadyRunning = await takeStep(ctx, 'run', input, async (schedule, { info }) => {
        await schedule.trigger();
        return info.runningActions.length > 0;
      });
      return { id: input.id, started: !alreadyRunning };
    }),

  /** Starts no more runs until the schedule is resumed; one that is under way goes on. */
  pause: platformMutation()
    .input(withNote)
    .mutation(async ({ ctx, input }) => {
      await takeStep(ctx, 'pause', input, (schedule) =>
        schedule.pause(input.note ?? 'paused by an operator'),
      );
      return { id: input.id, paused: true };
    }),

  /** Goes on after a pause; the next run catches up on what was missed. */
  resume: platformMutation()
    .input(withNote)
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
