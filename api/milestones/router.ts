import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { runOfSchedule } from '../schedules/act.ts';
import { router } from '../trpc/builder.ts';
import { decodeId, encodeId, newest, newestPage } from '../trpc/cursor.ts';
import { byMemberId } from '../trpc/lookups.ts';
import { outsideMutation, query } from '../trpc/procedures.ts';
import { milestoneId, pageFields } from '../trpc/schemas.ts';
import { anyMember, MEMBER, oneMember } from '../trpc/which-member.ts';
import {
  MILESTONE_STATUSES,
  milestoneAwardsAnswer,
  milestoneDryRunAnswer,
  milestoneProgressAnswer,
  milestoneSweepAnswer,
  milestonesAnswer,
} from './answers.ts';
import { dryRun, listMilestones, readMilestoneProgress } from './read.ts';
import { awardView } from './views.ts';

const SCHEDULE = 'milestones';

const awardsInput = anyMember([{ ...MEMBER, about: 'Only awards of this member.' }], {
  ...pageFields,
  milestoneId: milestoneId
    .optional()
    .meta({ description: 'Only awards of this milestone.', examples: ['ten-friends'] }),
  status: z.enum(MILESTONE_STATUSES).optional().meta({ description: 'Only awards with this status.' }),
}).prefault({});

export const milestonesRouter = router({
  list: query()
    .meta({
      rest: 'listMilestones GET /milestones',
      doc:
        'Lists the milestones of the policy in force, each in the form in which it was published, ' +
        'with how many members reached it. Without a policy there are none.',
    })
    .output(milestonesAnswer)
    .query(({ ctx }) => listMilestones(ctx.services.db, ctx.programId)),

  progress: query()
    .meta({
      rest: 'getMilestoneProgress GET /members/{memberId}/milestones',
      doc:
        'Returns how far a member has come with each milestone in force, and what is next. Refuses ' +
        'with `member_unknown`.',
    })
    .input(oneMember(MEMBER, {}))
    .output(milestoneProgressAnswer)
    .query(({ ctx, input }) => readMilestoneProgress(ctx.services.db, ctx.programId, input)),

  awards: query()
    .meta({
      rest: 'listMilestoneAwards GET /milestones/awards',
      doc: 'Lists awards, the newest first; of one member, milestone or status when asked.',
    })
    .input(awardsInput)
    .output(milestoneAwardsAnswer)
    .query(async ({ ctx: { services, programId }, input }) => {
      const asked = await byMemberId(services.db, programId, input);
      const rows = await services.db.milestoneAward.findMany({
        ...newest({ programId }, asked),
        omit: { trace: true },
      });
      return newestPage(rows, input, awardView);
    }),

  dryRun: query()
    .meta({
      rest: 'dryRunMilestones GET /milestones/dry-run',
      doc:
        'Lists what a sweep would do now, by member, in the order of their ids. It changes nothing, ' +
        'and does not ask the budget. A page may be empty and yet have a `nextCursor`. There is ' +
        'nothing while the program is draft or paused.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(milestoneDryRunAnswer)
    .query(async ({ ctx, input: { cursor, limit } }) => {
      const from = cursor == null ? null : decodeId(cursor);
      const { policyVersion, items, next } = await dryRun(ctx.services.db, ctx.programId, {
        after: from,
        limit,
        now_ms: ctx.services.now(),
      });
      return { policyVersion, items, nextCursor: next === null ? null : encodeId(next) };
    }),

  sweep: outsideMutation()
    .meta({
      rest: 'sweepMilestones POST /milestones/sweep',
      doc:
        'Runs the scheduled sweep now. It returns before the work is done. Refuses with ' +
        '`live_view_unavailable` while Temporal cannot be asked or lacks the schedule.',
    })
    .output(milestoneSweepAnswer)
    .mutation(({ ctx: { step, services, programId, actor } }) =>
      step(
        runOfSchedule(services, SCHEDULE, (tx) =>
          audit(tx, { programId, actor, action: 'milestones.sweep', subject: SCHEDULE }),
        ),
      ),
    ),
});
