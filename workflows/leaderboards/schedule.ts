import { ApplicationFailure, patched, proxyLocalActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import { SHORT_TRANSACTION } from '../options.ts';

const activities = proxyLocalActivities<Activities>({
  ...SHORT_TRANSACTION,
  // Most runs are short. The standings of a board with a million members take seconds to write.
  startToCloseTimeout: '3 minutes',
});

/** What one run did. */
export interface BoardsRun {
  readonly folded: number;
  /** Members whose past was counted, on boards that count it. */
  readonly backfilled: number;
  readonly snapshots: number;
  readonly closed: number;
  readonly awarded: number;
  /** Prizes that the budget has no room for. */
  readonly unpaid: number;
}

/**
 * Counts what moved, takes the day's snapshots, and closes every window whose time is over, including those
 * that ended while nothing ran. Each step takes effect once by its key, so repeated or overlapping runs
 * change nothing. Fails with type `Unpaid` when the budget has no room for a prize, so that the schedule
 * shows it in red; later runs try again.
 */
export async function leaderboards(): Promise<BoardsRun> {
  const now_ms = Date.now();
  const { folded } = await activities.foldBoards();
  // Runs from before boards could count their past.
  const { backfilled } = patched('backfill')
    ? await activities.backfillBoards({ now_ms })
    : { backfilled: 0 };
  const { snapshots } = await activities.snapshotStandings({ now_ms });
  const run = { folded, backfilled, snapshots, closed: 0, awarded: 0, unpaid: 0 };
  for (const window of await activities.dueWindows({ now_ms })) {
    const step = { ...window, now_ms };
    const { closed } = await activities.closeWindow(step);
    await activities.freezeSeason(step);
    const { awarded, unpaid } = await activities.awardSeason(step);
    run.closed += closed ? 1 : 0;
    run.awarded += awarded;
    run.unpaid += unpaid;
  }
  setCurrentDetails(
    `moves counted: ${run.folded}, pasts counted: ${run.backfilled}, snapshots: ${run.snapshots}, ` +
      `windows closed: ${run.closed}, prizes awarded: ${run.awarded}, without budget: ${run.unpaid}`,
  );
  if (run.unpaid > 0) {
    throw ApplicationFailure.nonRetryable(`the budget has no room for ${run.unpaid} prizes`, 'Unpaid', run);
  }
  return run;
}
