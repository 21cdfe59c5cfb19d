import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { askWithin } from '../platform/temporal.ts';

/** The time limit of making one schedule, including the client's own retries. */
const CREATION_TIMEOUT_MS = 10_000;

/** Schedules by id, which is the type and the id of the workflow that each starts, too. */
const SCHEDULES = {
  upkeep: {
    spec: { intervals: [{ every: '1 hour' }], jitter: '2 minutes' },
    catchupWindow: '1 hour',
    purpose: 'lapses expired lots, proves the ledger, finds what is stuck',
  },
  badges: {
    spec: { intervals: [{ every: '1 minute' }], jitter: '10 seconds' },
    catchupWindow: '1 minute',
    purpose: 'signs the credentials of badges that were granted',
  },
  programs: {
    spec: { intervals: [{ every: '1 minute' }], jitter: '5 seconds' },
    catchupWindow: '1 minute',
    purpose: 'starts and ends programs whose times have come, and tells of budgets that run out',
  },
  leaderboards: {
    spec: { intervals: [{ every: '10 minutes' }], jitter: '30 seconds' },
    catchupWindow: '1 hour',
    purpose: 'counts scores, takes snapshots, closes seasons and awards their prizes',
  },
  surveys: {
    spec: { intervals: [{ every: '5 minutes' }], jitter: '30 seconds' },
    catchupWindow: '5 minutes',
    purpose: 'asks members whose moment has come, calls surveys that are overdue',
  },
  milestones: {
    spec: { intervals: [{ every: '15 minutes' }], jitter: '1 minute' },
    catchupWindow: '1 hour',
    purpose: 'awards milestones that were reached and not awarded',
  },
} as const satisfies Record<
  string,
  { spec: ScheduleOptions['spec']; catchupWindow: string; purpose: string }
>;

/** Creates the missing schedules. Leaves an existing one alone, because an operator may have changed it. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  for (const [scheduleId, { spec, catchupWindow, purpose }] of Object.entries(SCHEDULES)) {
    try {
      const action = {
        type: 'startWorkflow' as const,
        workflowType: scheduleId,
        workflowId: scheduleId,
        taskQueue,
        args: [],
      };
      const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow };
      const create = () => client.schedule.create({ scheduleId, spec, action, policies, memo: { purpose } });
      await askWithin(client, CREATION_TIMEOUT_MS, create);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
