import { z } from 'zod';
import { after, encodePosition, newestFirst, pageOf } from '../cursor.ts';
import { notFound } from '../errors.ts';
import { id, pageFields } from '../schemas.ts';
import { query, router } from '../trpc.ts';
import { rewardView } from '../views.ts';

const STATUSES = ['held', 'available', 'reversed'] as const;

export const rewards = router({
  get: query()
    .input(z.strictObject({ id }))
    .query(async ({ ctx, input }) => {
      const row = await ctx.services.db.reward.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (row === null) throw notFound('reward');
      return rewardView(row);
    }),

  /** Rewards, the newest first; of one member, referral or status when asked. */
  list: query()
    .input(
      z
        .strictObject({
          ...pageFields,
          memberId: id.optional(),
          referralId: id.optional(),
          status: z.enum(STATUSES).optional(),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input: { cursor, limit, memberId, referralId, status } }) => {
      const rows = await ctx.services.db.reward.findMany({
        where: {
          programId: ctx.programId,
          ...(memberId === undefined ? {} : { memberId }),
          ...(referralId === undefined ? {} : { referralId }),
          ...(status === undefined ? {} : { status }),
          ...after(cursor),
        },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, rewardView);
    }),
});
