import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';

const activities = proxyActivities<Activities>({
  // Each survey of each program is a page, and each of its members is a short transaction.
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/** The most that one run does; the next run continues where it stopped. */
const ROUNDS_MAX = 100;

/** What one run did. */
export interface SurveysRun {
  readonly looked: number;
  readonly woken: number;
}

/**
 * Looks for members whose moment has come, including those whose own workflow does not run, and wakes overdue
 * surveys. A schedule starts it; the next run makes up for a missed one.
 */
export async function surveys(): Promise<SurveysRun> {
  const run = { looked: 0, woken: 0 };
  for (let round = 0, more = true; more && round < ROUNDS_MAX; round += 1) {
    const page = await activities.findMoments({ now_ms: Date.now() });
    run.looked += page.looked;
    more = page.more;
  }
  run.woken = (await activities.wakeSurveys({ now_ms: Date.now() })).woken;
  setCurrentDetails(`members looked at: ${run.looked}, surveys called: ${run.woken}`);
  return run;
}
