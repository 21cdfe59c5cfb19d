import { audit } from '../../engine/audit/record.ts';
import { LIVE_REFUSALS, onSchedule, triggerSchedule } from '../schedules/act.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { boardProcedures } from './boards.ts';
import { rankingProcedures } from './rankings.ts';
import { seasonProcedures } from './season-procedures.ts';

const SCHEDULE = 'leaderboards';
const NEXT_RUNS_SHOWN = 5;

/** Boards, their rankings, their seasons, and the schedule that keeps them. */
export const leaderboardsRouter = router({
  ...boardProcedures,
  ...rankingProcedures,
  ...seasonProcedures,

  /** When the schedule last ran and will run. */
  schedule: query().query(({ ctx }) =>
    onSchedule(ctx.services, SCHEDULE, LIVE_REFUSALS, async (_, { info, state }) => ({
      paused: state.paused,
      lastRuns: info.recentActions.map(({ takenAt }) => iso(takenAt)),
      nextRuns: info.nextActionTimes.slice(0, NEXT_RUNS_SHOWN).map(iso),
    })),
  ),

  /** Runs the schedule's work now: it counts, takes due snapshots, closes what is over. */
  runNow: mutation('programs:write').mutation(async ({ ctx: { tx, services, programId, actor } }) => {
    await triggerSchedule(services, SCHEDULE);
    await audit(tx, { programId, actor, action: 'leaderboards.run', subject: SCHEDULE });
    return { started: true };
  }),
});
