import type { Services } from '../context.ts';
import { fail } from '../http/errors.ts';

type Schedule = ReturnType<NonNullable<Services['temporal']>['schedule']['getHandle']>;

/** Asks Temporal about a schedule, or has it act; without Temporal, or without an answer, refuses with `live_view_unavailable`. */
export async function onSchedule<T>(
  { temporal }: Services,
  scheduleId: string,
  ask: (schedule: Schedule) => Promise<T>,
): Promise<T> {
  if (temporal === undefined) throw fail('live_view_unavailable', 'Temporal is not configured here.');
  try {
    return await ask(temporal.schedule.getHandle(scheduleId));
  } catch {
    throw fail('live_view_unavailable', 'The schedule cannot be reached right now.');
  }
}
