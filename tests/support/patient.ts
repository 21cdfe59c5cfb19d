import type { Activities } from '../../activities/create.ts';
import { isPassing } from '../../activities/errors.ts';

/** Runs an activity as Temporal does: again, as long as a later try may succeed. */
export async function insist<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const isRetried = isPassing(error) || (error as { type?: string }).type === 'Unavailable';
      if (!isRetried) throw error;
    }
  }
}

/** Activities as a workflow calls them. */
export const patientActivities = (activities: Activities): Activities =>
  new Proxy({} as Activities, {
    get:
      (_, name: keyof Activities) =>
      (...args: never[]) =>
        insist<unknown>(() => (activities[name] as (...given: never[]) => Promise<unknown>)(...args)),
  });
