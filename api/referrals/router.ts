import { z } from 'zod';
import { REFERRAL_STAGES } from '../../domain/referrals/referral.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { fail, notFound } from '../http/errors.ts';
import { matchingMembers, memberFilters, splitMember } from '../members/filter.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { given } from '../trpc/given.ts';
import { memberIdOf } from '../trpc/lookups.ts';
import { decidedMutation, query } from '../trpc/procedures.ts';
import { dateFields, id, note, pageFields, waitMs } from '../trpc/schemas.ts';
import { anyMember, REFERRED, REFERRER } from '../trpc/which-member.ts';
import { referralCorrections } from './corrections.ts';
import { readLive } from './live.ts';
import { readReferrals } from './read.ts';
import { liveReferralAnswer, referralAnswer, reviewAnswer } from './schema.ts';
import { referralView } from './view.ts';

const which = z.strictObject({ id });
const decision = z.strictObject({ id, note, wait_ms: waitMs });
type ReviewInput = z.infer<typeof decision>;

export const referralsRouter = router({
  ...referralCorrections,

  get: query()
    .meta({ rest: 'getReferral GET /referrals/{id}', doc: 'Returns one referral.' })
    .input(which)
    .output(referralAnswer)
    .query(async ({ ctx, input }) => {
      const row = await ctx.services.db.referral.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (row === null) throw notFound('referral');
      return referralView(row);
    }),

  list: query()
    .meta({
      rest: 'listReferrals GET /referrals',
      doc:
        'Lists referrals, the newest first; in one stage, or by the member who refers or was referred, ' +
        'when asked.',
    })
    .input(
      anyMember(
        [
          { ...REFERRER, about: 'The member who refers.' },
          { ...REFERRED, about: 'The member who was referred.' },
        ],
        { ...pageFields, ...dateFields, ...memberFilters, stage: z.enum(REFERRAL_STAGES).optional() },
      ).prefault({}),
    )
    .output(pageAnswer(referralAnswer))
    .query(async ({ ctx: { programId, principal, services }, input }) => {
      const { db } = services;
      const { member, rest } = splitMember(input);
      const { referrerId: ours, referrerExternalId, referredId: theirs, referredExternalId, ...page } = rest;
      const ids = await matchingMembers(db, programId, principal, member);
      const either = ids === null ? {} : { OR: [{ referrerId: { in: ids } }, { referredId: { in: ids } }] };
      const [referrerId, referredId] = await Promise.all([
        memberIdOf(db, programId, { memberId: ours, externalId: referrerExternalId }),
        memberIdOf(db, programId, { memberId: theirs, externalId: referredExternalId }),
      ]);
      return await readReferrals(db, { programId, ...either, ...given({ referrerId, referredId }) }, page);
    }),

  approve: decidedMutation()
    .meta({
      rest: 'approveReferral POST /referrals/{id}/approve',
      doc:
        'Lets a referral in review go on. Its workflow carries this out: `wait_ms` waits for its decision, ' +
        'and `eventId` leads to it later, as with `explain.event`. Refuses with `stage_forbids` a referral ' +
        'that is not in review.',
    })
    .input(decision)
    .output(reviewAnswer)
    .mutation(({ ctx, input }) => sendReview(ctx, 'review.approved', input)),

  reject: decidedMutation()
    .meta({
      rest: 'rejectReferral POST /referrals/{id}/reject',
      doc:
        'Ends a referral in review. Its workflow carries this out: `wait_ms` waits for its decision, and ' +
        '`eventId` leads to it later, as with `explain.event`. Refuses with `stage_forbids` a referral ' +
        'that is not in review.',
    })
    .input(decision)
    .output(reviewAnswer)
    .mutation(({ ctx, input }) => sendReview(ctx, 'review.rejected', input)),

  live: query()
    .meta({
      rest: 'getLiveReferral GET /referrals/{id}/live',
      doc:
        'Returns what the workflow itself says now, from Temporal; every other read is from PostgreSQL. ' +
        'Refuses with `live_view_unavailable` when Temporal is away or the workflow cannot answer.',
    })
    .input(which)
    .output(liveReferralAnswer)
    .query(async ({ ctx, input }) => {
      const referralRow = await ctx.services.db.referral.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
        select: { id: true },
      });
      if (referralRow === null) throw notFound('referral');
      return await readLive(ctx.services, referralRow.id);
    }),
});

/** Sends an operator's word to a referral in review. Throws `not_found` or `stage_forbids`. */
async function sendReview(
  operator: Operator,
  type: 'review.approved' | 'review.rejected',
  { id: referralId, note: reason, wait_ms }: ReviewInput,
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
  const answer = await sendCommand(operator, { type, workflowId, subject: referralId, detail, wait_ms });
  return { referralId, ...answer };
}
