import { condition, setHandler } from '@temporalio/workflow';
import { type Delivery, deliver } from './messages.ts';

/** The events that wait for this run, in order. */
export interface Inbox {
  readonly waiting: Delivery[];
  /** Resolves when an event waits or the time has come; at once when either holds already. */
  untilDue(due_at_ms: number | null): Promise<void>;
}

/** Opens the inbox that `deliver` signals fill, with what an earlier run left in it. */
export function openInbox(left: readonly Delivery[] = []): Inbox {
  const waiting: Delivery[] = [...left];
  setHandler(deliver, (batch) => {
    waiting.push(...batch);
  });
  return {
    waiting,
    async untilDue(due_at_ms) {
      const arrived = () => waiting.length > 0;
      if (arrived()) return;
      if (due_at_ms === null) {
        await condition(arrived);
        return;
      }
      const rest_ms = due_at_ms - Date.now();
      if (rest_ms > 0) await condition(arrived, rest_ms);
    },
  };
}
