import { decideCancel } from '../../domain/referrals/cancel.ts';
import { checkMove, judgeMoveLoad } from '../../domain/referrals/move.ts';
import { isCounted, type ReferralStage } from '../../domain/referrals/referral.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { whoStays } from '../../engine/members/find.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { pointRecountOf } from '../../engine/points/recount.ts';
import { moveLoad } from '../../engine/referrals/move-load.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type Action, readQualifying } from './actions.ts';
import { correctedBy } from './corrected-by.ts';
import { withCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { settledStage } from './mature.ts';
import { grantToNext } from './move-grants.ts';
import { withLastQualified } from './nth-times.ts';
import { referredOf } from './referred.ts';
import { lockGranted } from './refund-facts.ts';
import { refuseEvent } from './refuse.ts';
import { reversedMessage, reversedOf, reverseRewards } from './reverse.ts';
import type { GrantedRewards } from './rewards.ts';
import { scoreInPlace, unscore } from './score.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Moves a referral to another referrer by an operator's word: takes back what the first got by it, and grants
 * the other what the same rules give for the same signup and actions, by the other's own count. What the
 * referred member got stays. Returns the referral's new snapshot.
 */
export function moveReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, async (tx, event) =>
    move(tx, { ...event, subject: await referredOf(tx, event) }),
  );
}

async function move(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const toId = await whoStays(tx, event.ref.programId, String(event.payload['referrerId']));
  const stage = checkMove(event.referral, toId);
  if (!stage.ok) return await refuseEvent(tx, event, stage);
  const { ref, referral, policy } = event;
  const bearable = judgeMoveLoad(await moveLoad(tx, { ...ref, ...referral, rules: policy.rules }));
  if (!bearable.ok) return await refuseEvent(tx, event, bearable);
  const qualifying = isCounted(event.referral.stage) ? await readQualifying(tx, event) : null;
  const reversed = await leave(tx, event, qualifying);
  const joined = await withLastQualified(tx, await join(tx, event, toId, qualifying));
  const moved = await withCounts(tx, joined);
  const granted = await grantToNext(tx, moved, qualifying);
  if (qualifying !== null) await scoreInPlace(tx, moved, qualifying);
  await correctedBy(tx, event.ref);
  await askPointsAgain(tx, event);
  const isHeld = granted.rows.some(({ status }) => status === 'held');
  return await writeMove(tx, moved, isHeld ? stage.value : await settledStage(tx, ref, stage.value), {
    granted,
    trace: { moved_from: event.referral.referrerId, moved_to: toId, reversed },
  });
}

/**
 * Points stay with whom they were for; those that were for the next referrer before go by their count
 * again.
 */
async function askPointsAgain(tx: Tx, { ref, referral, engages }: LockedEvent): Promise<void> {
  const { programId, eventId: by, now_ms } = ref;
  const { referredId: memberId } = referral;
  if (!engages || memberId === null) return;
  await callWorkflows(tx, [pointRecountOf({ programId, memberId, by, now_ms })]);
}

/** Takes back what the first referrer got by the referral. */
async function leave(tx: Tx, event: LockedEvent, qualifying: Action | null) {
  const { ref, referral, policy } = event;
  const { referrerId, qualifiedCount } = referral;
  const granted = await lockGranted(tx, event, null);
  const rewards = granted.rewards.filter(({ rule }) => rule.recipient === 'referrer');
  const facts = { ...granted, rewards, referrerId, qualifiedCount, isCounted: qualifying !== null };
  const reversals = decideCancel(policy.rules, facts);
  const places = await reverseRewards(tx, event, facts, { reversals });
  if (qualifying !== null) await unscore(tx, event, qualifying);
  await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage: null,
    ...(qualifying !== null && { counted: { referrerId, by: -1 as const } }),
    rewards: places,
    outbox: reversals.length === 0 ? [] : [reversedMessage(event, { reversals, unqualifies: false })],
    decided: null,
  });
  return reversedOf(event, { reversals });
}

/** Writes the new referrer down. Returns the event as if the referral had been theirs. */
async function join(
  tx: Tx,
  event: LockedEvent,
  referrerId: string,
  qualifying: Action | null,
): Promise<LockedEvent> {
  const { programId, referralId } = event.ref;
  const referrer = (await lockMembers(tx, programId, [referrerId])).get(referrerId);
  if (referrer === undefined) throw new Error(`member ${referrerId} does not exist`);
  const link = await tx.link.findFirstOrThrow({
    where: { programId, memberId: referrerId, kind: 'shared' },
    orderBy: { createdAt: 'asc' },
    select: { id: true },
  });
  const attribution = { by: 'operator', reason: 'An operator moved the referral.', considered: [] };
  await tx.referral.update({
    where: { programId_id: { programId, id: referralId } },
    data: { referrerId, linkId: link.id, attribution },
    select: { id: true },
  });
  const qualifiedCount = referrer.qualifiedReferrals + (qualifying === null ? 0 : 1);
  const blockedIds = new Set([...event.referral.blockedIds, ...(referrer.isBlocked ? [referrerId] : [])]);
  return { ...event, referral: { ...event.referral, referrerId, qualifiedCount, blockedIds } };
}

interface MoveOutcome {
  readonly granted: GrantedRewards;
  readonly trace: { readonly moved_from: string; readonly moved_to: string; readonly reversed: unknown };
}

async function writeMove(
  tx: Tx,
  { ref, referral, subject }: LockedEvent,
  stage: ReferralStage,
  { granted, trace }: MoveOutcome,
): Promise<ReferralSnapshot> {
  const { programId, referralId, eventId } = ref;
  const { referrerId, reason } = referral;
  const { moved_from: fromId } = trace;
  const counts = isCounted(stage);
  return await writeChange(tx, {
    programId,
    referralId,
    stage,
    reason,
    ...(counts && { counted: { referrerId, by: 1 as const }, isReopened: true }),
    rewards: granted.rows,
    outbox: [
      ...granted.messages,
      {
        key: `referral.moved:${eventId}`,
        subject: `referral:${referralId}`,
        members: [fromId, referrerId],
        type: 'referral.moved',
        payload: { referralId, fromId, referrerId, eventId },
      },
    ],
    decided: {
      eventId,
      subject,
      outcome: { decision: 'accepted', referralId, stage, rewards: granted.outcomes, trace },
    },
  });
}
