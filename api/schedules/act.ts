import { ScheduleNotFoundError } from '@temporalio/client';
import type { Tx } from '../../prisma/client.ts';
import type { Services, Temporal } from '../context.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { fail } from '../http/errors.ts';
import { askTemporal } from '../temporal/ask.ts';
import type { OutsideStep } from '../trpc/outside-step.ts';

export type ScheduleHandle = ReturnType<Temporal['schedule']['getHandle']>;
export type ScheduleDescription = Awaited<ReturnType<ScheduleHandle['describe']>>;

/** The codes of the refusals: Temporal cannot be asked; it has no such schedule of the engine's. */
export interface ScheduleRefusals {
  readonly away: ErrorCode;
  readonly missing: ErrorCode;
}

/** For procedures of the schedules themselves. */
export const SCHEDULE_REFUSALS: ScheduleRefusals = { away: 'schedules_unavailable', missing: 'not_found' };

/** For procedures of a noun that has a schedule: a missing one is no fault in the caller's input. */
export const LIVE_REFUSALS: ScheduleRefusals = {
  away: 'live_view_unavailable',
  missing: 'live_view_unavailable',
};

/**
 * Finds one of the engine's schedules, and returns what `act` makes of it; other schedules of the same server
 * do not exist here. Throws the caller's `refusals`; a bug in `act` passes as it is.
 */
export function onSchedule<T>(
  services: Pick<Services, 'temporal' | 'log'>,
  scheduleId: string,
  refusals: ScheduleRefusals,
  act: (schedule: ScheduleHandle, description: ScheduleDescription) => Promise<T>,
): Promise<T> {
  return askTemporal(services, refusals.away, async ({ schedule }) => {
    const handle = schedule.getHandle(scheduleId);
    try {
      const description = await handle.describe();
      if (purposeOf(description) !== null) return await act(handle, description);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
    throw fail(refusals.missing, 'There is no such schedule.');
  });
}

/** What a schedule is for; null for one that is not the engine's. */
export function purposeOf({ memo }: { readonly memo?: Record<string, unknown> | undefined }): string | null {
  const purpose = memo?.['purpose'];
  return typeof purpose === 'string' ? purpose : null;
}

/** A step on a schedule: it is looked for, `record` puts the step on record, and `take` takes it. */
export const scheduleStep = <T>(
  services: Pick<Services, 'temporal' | 'log'>,
  scheduleId: string,
  refusals: ScheduleRefusals,
  { record, take }: { readonly record: (tx: Tx) => Promise<void>; readonly take: Take<T> },
): OutsideStep<T> => ({
  check: () => onSchedule(services, scheduleId, refusals, async () => undefined),
  record,
  take: () => onSchedule(services, scheduleId, refusals, take),
});

type Take<T> = (schedule: ScheduleHandle, description: ScheduleDescription) => Promise<T>;

/** Runs a schedule's work now. While a run is under way that run does it: two never run at a time. */
export const runOfSchedule = (
  services: Pick<Services, 'temporal' | 'log'>,
  scheduleId: string,
  record: (tx: Tx) => Promise<void>,
) =>
  scheduleStep(services, scheduleId, LIVE_REFUSALS, {
    record,
    take: async (schedule) => {
      await schedule.trigger();
      return { started: true };
    },
  });
