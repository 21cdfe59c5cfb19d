import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';

const activities = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/** What one run did. */
export interface ProgramsRun {
  readonly started: number;
  readonly ended: number;
  /** Budgets announced as nearly used up. */
  readonly warned: number;
  /** Budgets announced as used up. */
  readonly exhausted: number;
}

/**
 * Starts and ends the programs whose times have come, and announces budgets that run out. A schedule starts
 * it; the next run makes up for a missed one, and a repeat finds nothing to do.
 */
export async function programs(): Promise<ProgramsRun> {
  const now_ms = Date.now();
  const { started, ended } = await activities.applyProgramTimes({ now_ms });
  const { warned, exhausted } = await activities.watchBudgets({ now_ms });
  setCurrentDetails(
    `programs started: ${started}, ended: ${ended}; budgets nearly used up: ${warned}, used up: ${exhausted}`,
  );
  return { started, ended, warned, exhausted };
}
