import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Services } from '../context.ts';
import { nothing } from '../trpc/lookups.ts';
import { platformMutation, platformQuery, router } from '../trpc/procedures.ts';
import { note } from '../trpc/schemas.ts';
import { listSchedules, onSchedule } from './temporal.ts';

const which = z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/) });
const withNote = z.strictObject({ ...which.shape, note });

/** The schedules are the engine's, over all programs: for platform keys. */
export const schedules = router({
  /** Every schedule: what it is for, whether it is paused, its last run with what came of it, its next runs. */
  list: platformQuery()
    .input(nothing)
    .query(async ({ ctx }) => ({ items: await listSchedules(ctx.services) })),

  /** Runs a schedule's work now. While a run is under way it is left to that run: two never run at a time. */
  run: platformMutation()
    .input(which)
    .mutation(async ({ ctx, input }) => {
      const alreadyRunning = await act(ctx, 'run', input, async (schedule, { info }) => {
        await schedule.trigger();
        return info.runningActions.length > 0;
      });
      return { id: input.id, started: !alreadyRunning };
    }),

  /** Starts no more runs until it is resumed; one that is under way goes on. */
  pause: platformMutation()
    .input(withNote)
    .mutation(async ({ ctx, input }) => {
      await act(ctx, 'pause', input, (schedule) => schedule.pause(input.note ?? 'paused by an operator'));
      return { id: input.id, paused: true };
    }),

  /** Goes on after a pause; what was missed is caught up by the next run. */
  resume: platformMutation()
    .input(withNote)
    .mutation(async ({ ctx, input }) => {
      await act(ctx, 'resume', input, (schedule) => schedule.unpause(input.note ?? 'resumed by an operator'));
      return { id: input.id, paused: false };
    }),
});

interface Operator {
  readonly tx: Tx;
  readonly actor: string;
  readonly services: Services;
}

/** Audits before it acts: what cannot be written down is not done. */
async function act<T>(
  { tx, actor, services }: Operator,
  step: 'run' | 'pause' | 'resume',
  { id, note: said }: { readonly id: string; readonly note?: string | undefined },
  work: Parameters<typeof onSchedule<T>>[2],
): Promise<T> {
  await onSchedule(services, id, async () => undefined);
  const detail = said === undefined ? {} : { note: said };
  await audit(tx, { programId: null, actor, action: `schedule.${step}`, subject: id, detail });
  return await onSchedule(services, id, work);
}
