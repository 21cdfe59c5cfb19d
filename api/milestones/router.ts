import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { triggerSchedule } from '../schedules/act.ts';
import { decodeId, encodeId, newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, milestoneId, pageFields } from '../trpc/schemas.ts';
import { dryRun, listMilestones, readMilestoneProgress } from './read.ts';
import { awardView } from './views.ts';

const SCHEDULE = 'milestones';
const STATUSES = ['waiting', 'awarded', 'reversed'] as const;

export const milestonesRouter = router({
  /** The milestones of the policy in force, with how many members reached them. */
  list: query().query(({ ctx }) => listMilestones(ctx.services.db, ctx.programId)),

  /** How far a member has come with each milestone, and what is next. */
  progress: query()
    .input(z.strictObject({ memberId: id }))
    .query(({ ctx, input }) => readMilestoneProgress(ctx.services.db, ctx.programId, input.memberId)),

  /** Awards, the newest first; of one member, milestone or status when asked. */
  awards: query()
    .input(
      z
        .strictObject({
          ...pageFields,
          memberId: id.optional(),
          milestoneId: milestoneId.optional(),
          status: z.enum(STATUSES).optional(),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.milestoneAward.findMany({
        ...newest({ programId: ctx.programId }, input),
        omit: { trace: true },
      });
      return newestPage(rows, input, awardView);
    }),

  /** What a sweep would do now, by member; it changes nothing. It does not ask the budget. */
  dryRun: query()
    .input(z.strictObject(pageFields).prefault({}))
    .query(async ({ ctx, input: { cursor, limit } }) => {
      const from = cursor == null ? null : decodeId(cursor);
      const { policyVersion, items, next } = await dryRun(ctx.services.db, ctx.programId, {
        after: from,
        limit,
        now_ms: ctx.services.now(),
      });
      return { policyVersion, items, nextCursor: next === null ? null : encodeId(next) };
    }),

  /** Runs the scheduled sweep now. */
  sweep: mutation('programs:write').mutation(async ({ ctx }) => {
    await triggerSchedule(ctx.services, SCHEDULE);
    const { programId, actor } = ctx;
    await audit(ctx.tx, { programId, actor, action: 'milestones.sweep', subject: SCHEDULE });
    return { started: true };
  }),
});
