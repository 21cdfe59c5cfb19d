import { z } from 'zod';
import { REFERRAL_STAGES } from '../../domain/referrals/referral.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { fail, notFound } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, note, pageFields } from '../trpc/schemas.ts';
import { referralView } from '../trpc/views.ts';
import { readLive } from './live.ts';

const which = z.strictObject({ id });
const decision = z.strictObject({ id, note });
type ReviewInput = z.infer<typeof decision>;

export const referralsRouter = router({
  /** One referral. */
  get: query()
    .input(which)
    .query(async ({ ctx, input }) => {
      const row = await ctx.services.db.referral.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (row === null) throw notFound('referral');
      return referralView(row);
    }),

  /** Referrals, the newest first; in one stage, or by the member who refers or was referred, when asked. */
  list: query()
    .input(
      z
        .strictObject({
          ...pageFields,
          stage: z.enum(REFERRAL_STAGES).optional(),
          referrerId: id.optional(),
          referredId: id.optional(),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.referral.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, referralView);
    }),

  /** Lets a referral in review go on. Its workflow carries this out; `eventId` leads to the decision. */
  approve: mutation('referrals:review')
    .input(decision)
    .mutation(({ ctx, input }) => sendReview(ctx, 'review.approved', input)),

  /** Ends a referral in review. */
  reject: mutation('referrals:review')
    .input(decision)
    .mutation(({ ctx, input }) => sendReview(ctx, 'review.rejected', input)),

  /** What the workflow itself says now, from Temporal; every other read is from PostgreSQL. */
  live: query()
    .input(which)
    .query(async ({ ctx, input }) => {
      const found = await ctx.services.db.referral.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
        select: { id: true },
      });
      if (found === null) throw notFound('referral');
      return await readLive(ctx.services, found.id);
    }),
});

/** Sends an operator's word to a referral in review. Throws `not_found` or `stage_forbids`. */
async function sendReview(
  operator: Operator,
  type: 'review.approved' | 'review.rejected',
  { id: referralId, note: reason }: ReviewInput,
) {
  const referral = await operator.tx.referral.findUnique({
    where: { programId_id: { programId: operator.programId, id: referralId } },
    select: { stage: true },
  });
  if (referral === null) throw notFound('referral');
  if (referral.stage !== 'in_review') {
    throw fail('stage_forbids', `The referral is ${referral.stage.replaceAll('_', ' ')}, not in review.`);
  }
  const workflowId = referralWorkflow(referralId);
  const detail = { note: reason ?? null };
  const answer = await sendCommand(operator, { type, workflowId, subject: referralId, detail });
  return { referralId, ...answer };
}
