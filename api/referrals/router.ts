import { z } from 'zod';
import { REFERRAL_STAGES } from '../../domain/referrals/referral.ts';
import { audit } from '../../engine/audit/record.ts';
import { insertCommand } from '../../engine/events/commands.ts';
import type { Tx } from '../../prisma/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { after, encodePosition, newestFirst, pageOf } from '../trpc/cursor.ts';
import { referralWorkflow } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, note, pageFields } from '../trpc/schemas.ts';
import { referralView } from '../trpc/views.ts';
import { readLive } from './live.ts';

const which = z.strictObject({ id });
const decision = z.strictObject({ id, note });

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
    .query(async ({ ctx, input: { cursor, limit, stage, referrerId, referredId } }) => {
      const rows = await ctx.services.db.referral.findMany({
        where: {
          programId: ctx.programId,
          ...(stage === undefined ? {} : { stage }),
          ...(referrerId === undefined ? {} : { referrerId }),
          ...(referredId === undefined ? {} : { referredId }),
          ...after(cursor),
        },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, referralView);
    }),

  /** Lets a referral in review go on. Its workflow carries this out; `eventId` leads to the decision. */
  approve: mutation('referrals:review')
    .input(decision)
    .mutation(({ ctx, input }) => review(ctx, 'review.approved', input)),

  /** Ends a referral in review. */
  reject: mutation('referrals:review')
    .input(decision)
    .mutation(({ ctx, input }) => review(ctx, 'review.rejected', input)),

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

interface ReviewContext {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
  readonly services: { now(): number };
}

async function review(
  ctx: ReviewContext,
  type: 'review.approved' | 'review.rejected',
  input: z.infer<typeof decision>,
) {
  const { tx, programId, actor } = ctx;
  const referral = await tx.referral.findUnique({
    where: { programId_id: { programId, id: input.id } },
    select: { id: true, stage: true },
  });
  if (referral === null) throw notFound('referral');
  if (referral.stage !== 'in_review')
    throw fail('stage_forbids', `The referral is ${referral.stage.replaceAll('_', ' ')}, not in review.`);
  const now = new Date(ctx.services.now());
  const payload = { actor, note: input.note ?? null };
  const eventId = await insertCommand(tx, {
    programId,
    type,
    workflowId: referralWorkflow(referral.id),
    payload,
    now,
  });
  await audit(tx, {
    programId,
    actor,
    action: type,
    subject: referral.id,
    detail: { note: input.note ?? null, eventId },
  });
  return { referralId: referral.id, eventId, status: 'accepted' as const };
}
