import { condition, defineSignal, proxyLocalActivities, setHandler } from '@temporalio/workflow';
import type { BareActivities } from './bare-worker.ts';

export const message = defineSignal<[{ readonly eventId: string; readonly type: string }[]]>('deliver');

const { nothing } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '20 seconds' });

/**
 * The reference: as many messages, workflow tasks and activities as a referral's lifecycle has, and nothing
 * in them.
 */
export async function bare(): Promise<void> {
  let waiting = 0;
  setHandler(message, (batch) => {
    waiting += batch.length;
  });
  for (let done = 0; done < 2; done += 1) {
    await condition(() => waiting > 0);
    waiting -= 1;
    await nothing(done === 1);
  }
}
