import {
  ApplicationFailure,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { SweepCursor, SweptPage } from '../../activities/milestones/sweep.ts';

const activities = proxyActivities<Activities>({
  // A page is 500 members; each award is a short transaction of its own.
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 20 },
});

/** What a sweep did so far. */
export type MilestonesRun = Omit<SweptPage, 'next'>;

/** What a run with a long history hands to the next one. */
export interface MilestonesCarried {
  readonly after: SweepCursor | null;
  readonly run: MilestonesRun;
}

const NOTHING: MilestonesRun = { scanned: 0, awarded: 0, waiting: 0, reversed: 0, failed: 0 };

/**
 * Goes through the members of every program that has milestones, page by page, and grants the awards that
 * are missing: because a later policy added them, or because no worker ran. Each award takes effect once by
 * its key, so overlapping sweeps and members' own workflows award once. Fails with type `Unpaid` when the
 * budget has no room for an award, so that the schedule shows it in red; later sweeps try again.
 */
export async function milestones(carried?: MilestonesCarried): Promise<MilestonesRun> {
  let { after, run } = carried ?? { after: null, run: NOTHING };
  do {
    const { next, ...page } = await activities.sweepMilestones({ after, now_ms: Date.now() });
    run = sum(run, page);
    after = next;
    setCurrentDetails(
      `members looked at: ${run.scanned}, awarded: ${run.awarded}, taken back: ${run.reversed}, ` +
        `without budget: ${run.waiting}, failed: ${run.failed}`,
    );
    if (after !== null && workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof milestones>({ after, run });
    }
  } while (after !== null);
  if (run.waiting > 0) {
    throw ApplicationFailure.nonRetryable(`the budget has no room for ${run.waiting} awards`, 'Unpaid', run);
  }
  return run;
}

function sum(a: MilestonesRun, b: MilestonesRun): MilestonesRun {
  return {
    scanned: a.scanned + b.scanned,
    awarded: a.awarded + b.awarded,
    waiting: a.waiting + b.waiting,
    reversed: a.reversed + b.reversed,
    failed: a.failed + b.failed,
  };
}
