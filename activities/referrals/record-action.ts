import type { Policy } from '../../domain/policies/policy.ts';
import { checkQualification } from '../../domain/referrals/qualification.ts';
import { deadlines, isEnd, next } from '../../domain/referrals/referral.ts';
import { must, ok, type Result, refuse } from '../../domain/refusal.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import { tellActed } from '../../engine/points/acted.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';
import { rewardFacts } from './facts.ts';
import { refuseEvent } from './refuse.ts';
import { type GrantedRewards, grantRewards } from './rewards.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Decides a qualifying or later action of a referred member: qualifies the referral, counts it for its
 * referrer and grants what the rules say, all in one transaction. An action during a review waits until the
 * review ends.
 */
export function recordAction(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'waits' }, async (tx, event) => {
    const after = await decideAction(tx, event);
    // An action that its referral refuses may still earn the member points.
    if (event.engages && event.referral.stage !== 'invited') await tellActed(tx, ref.programId, ref.eventId);
    return after;
  });
}

async function decideAction(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const { referral, ref, policy, type, occurred_at_ms } = event;
  const possible = checkStage(event);
  if (!possible.ok) return await refuseEvent(tx, event, possible);
  const factsBefore = await rewardFacts(tx, event);
  const signed_up_at_ms = referral.signed_up_at_ms ?? occurred_at_ms;
  const mayQualify = referral.stage === 'signed_up' && type === policy.qualification.event;
  const qualified = mayQualify ? checkQualification(policy, factsBefore, signed_up_at_ms) : null;
  if (qualified !== null && !qualified.ok) return await refuseEvent(tx, event, qualified);
  const facts =
    qualified === null ? factsBefore : { ...factsBefore, qualifiedCount: factsBefore.qualifiedCount + 1 };
  const decisions = [
    ...(qualified === null ? [] : decideRewards(policy, 'qualified', facts)),
    ...decideRewards(policy, 'event', facts),
  ];
  if (qualified === null && decisions.length === 0 && !countsTowards(policy, facts)) {
    const code = type === policy.qualification.event ? 'already_qualified' : 'not_triggered';
    return await refuseEvent(tx, event, refuse(code, `No rule of this program answers to this ${type}.`));
  }
  const granted = await grantRewards(
    tx,
    { ref, policy, policyVersion: referral.policyVersion, occurred_at_ms },
    decisions,
  );
  const after = await writeAction(tx, event, granted, qualified === null ? null : facts);
  if (qualified !== null) await scoreQualification(tx, event);
  return after;
}

async function scoreQualification(tx: Tx, event: LockedEvent): Promise<void> {
  const { ref, referral, boards, value, occurred_at_ms } = event;
  await keepScores(tx, {
    programId: ref.programId,
    memberId: referral.referrerId,
    boards,
    referrals: 1,
    revenue: value,
    earned_at_ms: occurred_at_ms,
    at_ms: occurred_at_ms,
    decided_at_ms: null,
  });
}

/** An action that earns nothing is accepted where a later one of its type may earn by its number. */
function countsTowards({ rules }: Policy, { eventType, eventOrdinal }: RewardFacts): boolean {
  return rules.some(
    ({ trigger }) => trigger.on === 'nth_event' && trigger.event === eventType && eventOrdinal < trigger.from,
  );
}

function checkStage({ referral: { stage } }: LockedEvent): Result<true> {
  if (isEnd(stage)) return refuse('referral_ended', `The referral has ended: it is ${stage}.`);
  if (stage === 'invited') {
    return refuse('stage_forbids', 'Nobody has signed up through this invitation yet.');
  }
  return ok(true);
}

/** `qualifying` is null when the referral was qualified before, or is not yet. */
async function writeAction(
  tx: Tx,
  event: LockedEvent,
  granted: GrantedRewards,
  qualifying: RewardFacts | null,
): Promise<ReferralSnapshot> {
  const { ref, referral, subject, occurred_at_ms } = event;
  const stage = qualifying === null ? referral.stage : stageAfter(referral.stage, granted);
  const qualification =
    qualifying === null
      ? {}
      : {
          qualified: { at_ms: occurred_at_ms, eventId: ref.eventId },
          due_at_ms: refundableUntil(event),
          counted: { referrerId: referral.referrerId, by: 1 as const },
        };
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    ...qualification,
    rewards: granted.rows,
    outbox: [
      ...(qualifying === null ? [] : [qualifiedMessage(event, qualifying.qualifiedCount)]),
      ...granted.messages,
    ],
    decided: {
      eventId: ref.eventId,
      subject,
      outcome: { decision: 'accepted', referralId: ref.referralId, stage, rewards: granted.outcomes },
    },
  });
}

function qualifiedMessage({ ref, referral }: LockedEvent, nth: number): OutboxMessage {
  return {
    key: `referral.qualified:${ref.referralId}`,
    subject: `referral:${ref.referralId}`,
    members: [referral.referrerId],
    type: 'referral.qualified',
    payload: { referralId: ref.referralId, eventId: ref.eventId, nth },
  };
}

/** A referral whose rewards are all available at once, or that earned none, has nothing left to mature. */
function stageAfter(stage: LockedEvent['referral']['stage'], { rows }: GrantedRewards) {
  const qualified = must(next(stage, 'act'));
  return rows.some(({ status }) => status === 'held') ? qualified : must(next(qualified, 'mature'));
}

function refundableUntil({ policy, occurred_at_ms, ref }: LockedEvent): number | null {
  const times = {
    issued_at_ms: null,
    signed_up_at_ms: null,
    qualified_at_ms: occurred_at_ms,
    started_at_ms: ref.now_ms,
  };
  return deadlines(policy, times).qualified;
}
