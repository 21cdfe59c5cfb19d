import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { lockReward } from '../../engine/rewards/lock.ts';
import { subjectOf } from '../../engine/rewards/mature.ts';
import type { Reward } from '../../prisma/generated/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { ownedBy, ownerFilters } from '../members/filter.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, note } from '../trpc/schemas.ts';
import { rewardCorrections } from './corrections.ts';
import { grantProcedures } from './grant.ts';
import { readRewards } from './read.ts';
import { refusedRewards } from './refused.ts';
import { rewardAnswer, rewardKind, rewardSource, rewardStatus } from './schema.ts';
import { rewardView } from './view.ts';

export const rewardsRouter = router({
  ...grantProcedures,
  ...rewardCorrections,
  ...refusedRewards,

  get: query()
    .meta({ rest: 'getReward GET /rewards/{id}', doc: 'Returns one reward.' })
    .input(z.strictObject({ id }))
    .output(rewardAnswer)
    .query(async ({ ctx, input }) => {
      const row = await ctx.services.db.reward.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (row === null) throw notFound('reward');
      return rewardView(row);
    }),

  list: query()
    .meta({
      rest: 'listRewards GET /rewards',
      doc: 'Lists rewards, the newest first; of one member, referral, kind, source or status when asked.',
    })
    .input(
      z
        .strictObject({
          ...ownerFilters,
          kind: rewardKind.optional(),
          source: rewardSource.optional(),
          status: rewardStatus.optional(),
        })
        .prefault({}),
    )
    .output(pageAnswer(rewardAnswer))
    .query(async ({ ctx, input }) => {
      const { where, rest } = await ownedBy(ctx, input);
      return await readRewards(ctx.services.db, where, rest);
    }),

  revoke: mutation()
    .meta({
      rest: 'revokeReward POST /rewards/{id}/revoke',
      doc:
        'Takes back a badge or a perk, by the word of an operator; the credential of a badge is revoked ' +
        'by it at once. Returns the reward, which is `reversed`; again, it changes nothing. Refuses ' +
        'credit with `not_revocable`: `rewards.takeBack` takes that back.',
    })
    .input(z.strictObject({ id, note }))
    .output(rewardAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const where = { programId_id: { programId, id: input.id } };
      await lockReward(tx, programId, input.id);
      const before = await tx.reward.findUnique({ where });
      if (before === null) throw notFound('reward');
      if (before.kind === 'credit') {
        throw fail('not_revocable', 'Credit is taken back by rewards.takeBack; revoke badges and perks.');
      }
      if (before.status === 'reversed') return rewardView(before);
      const row = await tx.reward.update({ where, data: { status: 'reversed' } });
      await tell(tx, programId, [revokedMessage(row)]);
      const detail = { kind: row.kind, label: row.label, note: input.note ?? null };
      await audit(tx, { programId, actor, action: 'reward.revoked', subject: row.id, detail });
      return rewardView(row);
    }),
});

const revokedMessage = ({ id: rewardId, referralId, memberId, kind, label }: Reward): OutboxMessage => ({
  key: `reward.revoked:${rewardId}`,
  subject: subjectOf({ referralId, memberId }),
  members: [memberId],
  type: 'reward.revoked',
  payload: { rewardId, referralId, memberId, kind, label },
});
