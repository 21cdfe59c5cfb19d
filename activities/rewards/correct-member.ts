import { isOnHold } from '../../domain/programs/deciding.ts';
import { isRewardCommand, REWARD_GIVEN, type RewardCorrection } from '../../domain/rewards/correction.ts';
import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { tell } from '../../engine/events/outbox.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { programStatus } from '../../engine/programs/status.ts';
import { correctReward } from '../../engine/rewards/correct.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { giveReward } from './give.ts';

/**
 * Carries out operators' commands about rewards that no referral granted: grants, takes back, holds and
 * releases, each in a transaction that also decides the command. In a paused program they go back to wait. A
 * repeat finds them decided.
 */
export async function correctMemberRewards(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  const { programId, now_ms } = ref;
  for (const eventId of ref.eventIds) {
    await inTransaction(deps, async (tx) => {
      const event = await lockOpenEvent(tx, { programId, eventId });
      if (event === null || !isRewardCommand(event.type)) return;
      if (isOnHold(await programStatus(tx, programId, now_ms))) {
        await waitForProgram(tx, { programId, eventId });
      } else {
        await decideEvent(tx, { programId, eventId }, await carryOut(deps, tx, ref, { ...event, eventId }));
      }
    });
  }
  return { due_at_ms: null };
}

type Commanded = OpenEvent & { readonly eventId: string };

async function carryOut(deps: ActivityDeps, tx: Tx, ref: MemberEvents, event: Commanded): Promise<Outcome> {
  const { programId } = ref;
  const { type, eventId, payload } = event;
  if (type === REWARD_GIVEN) return await giveReward(deps, tx, ref, event);
  const corrected = await correctReward(tx, {
    programId,
    rewardId: payload['rewardId'] ?? '',
    type: type as RewardCorrection,
    eventId,
    occurred_at_ms: event.occurredAt.getTime(),
  });
  if (!corrected.ok) return refusedOutcome(corrected);
  await tell(tx, programId, [corrected.value]);
  return { decision: 'accepted' };
}
