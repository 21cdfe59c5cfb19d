import { audit } from '../../engine/audit/record.ts';
import { LIVE_REFUSALS, onSchedule, runOfSchedule } from '../schedules/act.ts';
import { router } from '../trpc/builder.ts';
import { outsideMutation, query } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { boardProcedures } from './boards.ts';
import { rankingProcedures } from './rankings.ts';
import { boardRunAnswer, boardScheduleAnswer } from './schema.ts';
import { seasonProcedures } from './season-procedures.ts';

const SCHEDULE = 'leaderboards';
const NEXT_RUNS_SHOWN = 5;

/** Boards, their rankings, their seasons, and the schedule that keeps them. */
export const leaderboardsRouter = router({
  ...boardProcedures,
  ...rankingProcedures,
  ...seasonProcedures,

  schedule: query()
    .meta({
      rest: 'getLeaderboardSchedule GET /leaderboards/schedule',
      doc:
        'Returns when the schedule that keeps all leaderboards last ran and will run. Refuses with ' +
        '`live_view_unavailable` while Temporal cannot be asked or lacks the schedule.',
    })
    .output(boardScheduleAnswer)
    .query(({ ctx }) =>
      onSchedule(ctx.services, SCHEDULE, LIVE_REFUSALS, async (_, { info, state }) => ({
        paused: state.paused,
        lastRuns: info.recentActions.map(({ takenAt }) => iso(takenAt)),
        nextRuns: info.nextActionTimes.slice(0, NEXT_RUNS_SHOWN).map(iso),
      })),
    ),

  runNow: outsideMutation()
    .meta({
      rest: 'runLeaderboardsNow POST /leaderboards/run',
      doc:
        "Runs the schedule's work now: it counts, takes due snapshots, and closes what is over. It " +
        'returns before the work is done. Refuses with `live_view_unavailable` while Temporal cannot ' +
        'be asked.',
    })
    .output(boardRunAnswer)
    .mutation(({ ctx: { step, services, programId, actor } }) =>
      step(
        runOfSchedule(services, SCHEDULE, (tx) =>
          audit(tx, { programId, actor, action: 'leaderboards.run', subject: SCHEDULE }),
        ),
      ),
    ),
});
