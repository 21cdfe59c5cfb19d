import { z } from 'zod';
import { REWARD_GRANTED_AGAIN } from '../../domain/rewards/correction.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { judgeRefused, type RefusedNow } from '../../engine/referrals/again.ts';
import { nameId } from '../../platform/ids.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { ownedBy, ownerFilters } from '../members/filter.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { decidedMutation, mutation, query } from '../trpc/procedures.ts';
import { id, requiredNote, waitMs } from '../trpc/schemas.ts';
import { GRANTED_AGAIN_MAX, grantedAgainAnswer, refusedRewardAnswer } from './refused-schema.ts';
import { readRefused } from './refused-view.ts';
import { rewardCommandAnswer } from './schema.ts';

const again = z.strictObject({ id, note: requiredNote, wait_ms: waitMs });
const several = z.strictObject({
  ids: z.array(id).min(1).max(GRANTED_AGAIN_MAX).meta({ description: 'Of refused rewards, in any order.' }),
  note: requiredNote,
});

/** What the budget had no room for: the list of it, and an operator's word that grants it after all. */
export const refusedRewards = {
  refused: query()
    .meta({
      rest: 'listRefusedRewards GET /refused-rewards',
      doc:
        'Lists what the budget had no room for when a rule granted it, the newest first; of one member or ' +
        'referral when asked. Each item says whether it can be granted now, was granted since, or is not ' +
        'earned any more.',
    })
    .input(z.strictObject(ownerFilters).prefault({}))
    .output(pageAnswer(refusedRewardAnswer))
    .query(async ({ ctx, input }) => {
      const { where, rest } = await ownedBy(ctx, input);
      return await readRefused(ctx.services.db, where, rest);
    }),

  grantAgain: decidedMutation()
    .meta({
      rest: 'grantRefusedReward POST /refused-rewards/{id}/grant',
      doc:
        'Grants what the budget had refused, as its rule says and as of the time of its event, less what ' +
        'refunds have taken since. The workflow of its referral carries this out: `wait_ms` waits for its ' +
        'decision, which is refused with `budget_exhausted` where there is still no room, and `eventId` ' +
        'leads to it later, as with `explain.event`. Refuses with `already_resolved` what was granted ' +
        'since, with `operator_refused` what an operator took back, with `referral_ended` where the ' +
        'referral was rejected or cancelled, with `member_blocked`, with `cap_reached`, and with ' +
        '`no_longer_earned` what refunds, another action or a move have left nothing of.',
    })
    .input(again)
    .output(rewardCommandAnswer)
    .mutation(({ ctx, input }) => sendOne(ctx, input)),

  grantSeveralAgain: mutation()
    .meta({
      rest: 'grantRefusedRewards POST /refused-rewards/grant',
      doc:
        `Grants up to ${GRANTED_AGAIN_MAX} refused rewards, in the order of their events and each by a ` +
        'command of its own, as `rewards.grantAgain` does. Says of each which command was sent, or why ' +
        'none was. Refuses with `not_found` when one of them is not there, and sends none then.',
    })
    .input(several)
    .output(grantedAgainAnswer)
    .mutation(({ ctx, input }) => sendSeveral(ctx, input)),
};

/** Sends the word on one. Throws `not_found`, or what `judgeAgain` refuses with. */
async function sendOne(operator: Operator, { id: refusedId, note, wait_ms }: z.infer<typeof again>) {
  const [now] = await judged(operator, [refusedId]);
  if (now === undefined) throw notFound('refused reward');
  unwrap(now.judgement);
  return await send(operator, now, { note, wait_ms });
}

/** Sends the word on each that can be granted. Throws `not_found` when one of them is not there. */
async function sendSeveral(operator: Operator, { ids, note }: z.infer<typeof several>) {
  const wanted = new Set(ids);
  const inOrder = await judged(operator, [...wanted]);
  if (inOrder.length < wanted.size) throw notFound('refused reward');
  const items: z.infer<typeof grantedAgainAnswer>['items'] = [];
  for (const now of inOrder) {
    const { refused, judgement } = now;
    if (!judgement.ok) {
      items.push({ id: refused.id, rewardId: null, eventId: null, code: judgement.code });
      continue;
    }
    const { rewardId, eventId } = await send(operator, now, { note, wait_ms: 0 });
    items.push({ id: refused.id, rewardId, eventId, code: null });
  }
  return { items };
}

/** Those of these refused rewards that are there, in the order of their events. */
async function judged({ tx, programId }: Operator, ids: readonly string[]): Promise<RefusedNow[]> {
  const rows = await tx.refusedReward.findMany({
    where: { programId, id: { in: [...ids] } },
    orderBy: [{ occurredAt: 'asc' }, { createdAt: 'asc' }, { id: 'asc' }],
  });
  return await judgeRefused(tx, createPolicies(), programId, rows);
}

async function send(
  operator: Operator,
  { refused }: RefusedNow,
  { note, wait_ms }: { readonly note: string; readonly wait_ms: number },
) {
  const rewardId = refused.rewardId ?? nameId(operator.programId, refused.key);
  const answer = await sendCommand(operator, {
    type: REWARD_GRANTED_AGAIN,
    workflowId: referralWorkflow(refused.referralId),
    // The reward is never there where the budget refuses it again; the log's words leave with the member.
    subject: refused.id,
    detail: { refusedId: refused.id, note },
    wait_ms,
  });
  return { rewardId, ...answer };
}
