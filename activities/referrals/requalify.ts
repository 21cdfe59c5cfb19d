import { checkQualification } from '../../domain/referrals/qualification.ts';
import { deadline, next, type ReferralStage } from '../../domain/referrals/referral.ts';
import { isTiedToQualifying } from '../../domain/referrals/refund.ts';
import { must } from '../../domain/refusal.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, leftOf, readOthers } from './actions.ts';
import { boardsAt } from './boards.ts';
import type { LockedEvent } from './event.ts';
import { grantLate, lateFacts } from './late-rewards.ts';
import type { NewReward } from './reward-row.ts';
import type { GrantedRewards } from './rewards.ts';
import type { ReferralEventRef } from './snapshot.ts';

/**
 * The earliest action, by its own time, that qualifies the referral in place of the one that is refunded;
 * null: none does. An action counts with what refunds have left of its value.
 */
export async function findSuccessor(tx: Tx, event: LockedEvent, refunded: Action): Promise<Action | null> {
  const { policy, referral } = event;
  for (const action of await readOthers(tx, event, refunded)) {
    const { value, refunded_minor } = action;
    const eventValue = value === null ? null : { ...value, minor: leftOf(value, refunded_minor) };
    const facts = { ...(await lateFacts(tx, event, action)), eventValue };
    const signed_up_at_ms = referral.signed_up_at_ms ?? action.occurred_at_ms;
    if (checkQualification(policy, facts, signed_up_at_ms).ok) return action;
  }
  return null;
}

/**
 * Grants what an action earns by qualifying the referral in place of another. The referrer's count does not
 * move, so nothing that hangs on it is asked. Returns rows and messages, which the caller writes.
 */
export const grantInPlace = (tx: Tx, event: LockedEvent, action: Action): Promise<GrantedRewards> =>
  grantLate(tx, event, action, {
    rules: event.policy.rules.filter(isTiedToQualifying),
    moment: 'qualified',
    anewBy: event.ref.eventId,
  });

/** Counts a referral on the leaderboards by an action of before. */
export async function scoreInPlace(tx: Tx, event: LockedEvent, action: Action): Promise<void> {
  if (event.boards.length === 0) return;
  const boards = await boardsAt(tx, event.ref.programId, action.occurred_at_ms);
  await scoreBy(tx, { ...event, boards }, action, 1);
}

/** Takes a referral off the leaderboards, where it had counted by this action. */
export const unscore = (tx: Tx, event: LockedEvent, action: Action): Promise<void> =>
  scoreBy(tx, event, action, -1);

/** Moves the scores by one referral and by what refunds have left of the action's value. */
async function scoreBy(tx: Tx, event: LockedEvent, action: Action, referrals: 1 | -1): Promise<void> {
  const { value, refunded_minor, occurred_at_ms, decided_at_ms } = action;
  const minor = BigInt(referrals) * leftOf(value, refunded_minor);
  await keepScores(tx, {
    programId: event.ref.programId,
    memberId: event.referral.referrerId,
    boards: event.boards,
    referrals,
    revenue: value === null ? null : { ...value, minor },
    earned_at_ms: occurred_at_ms,
    at_ms: event.occurred_at_ms,
    decided_at_ms,
  });
}

/** By what a referral qualifies, and until when refunds count, as `writeChange` takes it. */
export const qualifiedBy = (
  { policy, ref, referral }: LockedEvent,
  { id, occurred_at_ms }: Pick<Action, 'id' | 'occurred_at_ms'>,
) => ({
  qualified: { at_ms: occurred_at_ms, eventId: id },
  due_at_ms: deadline(policy, 'qualified', {
    signed_up_at_ms: referral.signed_up_at_ms,
    qualified_at_ms: occurred_at_ms,
    started_at_ms: ref.now_ms,
  }),
  isReopened: true,
});

/** The stage of a referral that another action qualifies now: rewarded, unless something is still held. */
export async function stageInPlace(
  tx: Tx,
  { programId, referralId }: ReferralEventRef,
  stage: ReferralStage,
  rows: readonly NewReward[],
): Promise<ReferralStage> {
  const qualified = must(next(stage, 'requalify'));
  if (rows.some(({ status }) => status === 'held')) return qualified;
  const where = { programId, referralId, status: 'held' as const };
  const held = await tx.reward.findFirst({ where, select: { id: true } });
  return held === null ? must(next(qualified, 'mature')) : qualified;
}
