import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';

const UPKEEP = 'upkeep';

/** Creates the schedules that are missing; one that exists, perhaps changed by an operator, is left as it is. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: UPKEEP,
      spec: { intervals: [{ every: '1 hour' }], jitter: '2 minutes' },
      action: { type: 'startWorkflow', workflowType: UPKEEP, workflowId: UPKEEP, taskQueue, args: [] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
      memo: { purpose: 'lapses expired lots, proves the ledger, finds what is stuck' },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
