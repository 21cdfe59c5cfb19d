import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';

const activities = proxyActivities<Activities>({
  // A page for each survey of each program, each member of it a short transaction.
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/** What one run may do; the next goes on where it stopped. */
const ROUNDS_MAX = 100;

/** What one run did. */
export interface SurveysRun {
  readonly looked: number;
  readonly woken: number;
}

/**
 * Looks for members whose moment has come, also those whose own workflow does not run, and calls surveys that
 * are overdue. Started by schedule; a run that is missed is made up by the next.
 */
export async function surveys(): Promise<SurveysRun> {
  const run = { looked: 0, woken: 0 };
  for (let round = 0, more = true; more && round < ROUNDS_MAX; round += 1) {
    const found = await activities.findMoments({ now_ms: Date.now() });
    run.looked += found.looked;
    more = found.more;
  }
  run.woken = (await activities.wakeSurveys({ now_ms: Date.now() })).woken;
  setCurrentDetails(`members looked at: ${run.looked}, surveys called: ${run.woken}`);
  return run;
}
