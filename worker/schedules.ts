import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';

/** A schedule has the name of the workflow that it starts. */
const SCHEDULES = [
  {
    name: 'upkeep',
    every: '1 hour',
    jitter: '2 minutes',
    purpose: 'lapses expired lots, proves the ledger, finds what is stuck',
  },
  {
    name: 'leaderboards',
    every: '10 minutes',
    jitter: '30 seconds',
    purpose: 'counts scores, takes snapshots, closes seasons and awards their prizes',
  },
] as const;

/** Creates the schedules that are missing; one that exists, perhaps changed by an operator, is left as it is. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  for (const { name, every, jitter, purpose } of SCHEDULES) {
    try {
      await client.schedule.create({
        scheduleId: name,
        spec: { intervals: [{ every }], jitter },
        action: { type: 'startWorkflow', workflowType: name, workflowId: name, taskQueue, args: [] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
        memo: { purpose },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
