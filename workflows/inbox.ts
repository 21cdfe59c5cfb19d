import { condition, setHandler } from '@temporalio/workflow';
import { type Delivery, deliver } from './messages.ts';

/** The events that wait for this run, in order. */
export interface Inbox {
  readonly waiting: Delivery[];
  /**
   * Returns a promise that resolves once an event waits or the time has come, or undefined when either
   * already holds. `wakes` says what else ends the wait.
   */
  untilDue(due_at_ms: number | null, wakes?: () => boolean): Promise<unknown> | undefined;
}

/**
 * Opens the inbox that `deliver` signals fill. `left` holds the events that an earlier run did not handle.
 */
export function openInbox(left: readonly Delivery[] = []): Inbox {
  const waiting: Delivery[] = [...left];
  setHandler(deliver, (batch) => {
    waiting.push(...batch);
  });
  return {
    waiting,
    // Not async: the SDK keeps a stack trace of each promise, and this one would add nothing.
    untilDue(due_at_ms, wakes = () => false) {
      const arrived = () => waiting.length > 0 || wakes();
      if (arrived()) return undefined;
      if (due_at_ms === null) return condition(arrived);
      const rest_ms = due_at_ms - Date.now();
      return rest_ms > 0 ? condition(arrived, rest_ms) : undefined;
    },
  };
}
