import type { Policy } from '../../domain/policies/policy.ts';
import { movesOf } from '../../domain/rates/convert.ts';
import { type EarningPolicy, earnsAt } from '../../domain/referrals/earning.ts';
import { checkQualification } from '../../domain/referrals/qualification.ts';
import { isEnd, mayQualify, next, REFUNDED, type ReferralStage } from '../../domain/referrals/referral.ts';
import type { Reversal } from '../../domain/referrals/refund.ts';
import { must, ok, type Result, refuse } from '../../domain/refusal.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards, type RewardDecision } from '../../domain/rewards/rewards.ts';
import { addDays } from '../../domain/time.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { noteFailures } from '../../engine/rules/failures.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';
import { rewardFacts } from './facts.ts';
import { shiftRanks } from './ranks.ts';
import { refuseEvent } from './refuse.ts';
import { isEarlier, qualifiedBy, qualifiedMessage, stageInPlace, takePlace } from './requalify.ts';
import { reversedMessage, reversedOf } from './reverse.ts';
import type { Grantor } from './reward-row.ts';
import { type GrantedRewards, grantRewards } from './rewards.ts';
import { unscore } from './score.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { conversionTrace, withRates } from './worth.ts';
import { writeChange } from './write.ts';

/**
 * Decides a qualifying or later action of a referred member: qualifies the referral, counts it for its
 * referrer and grants what the rules say, all in one transaction. An action during a review waits until the
 * review ends.
 */
export function recordAction(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'waits' }, async (tx, locked) => {
    const event = await withRates(deps, tx, locked);
    const after = await decideAction(tx, event);
    // An action that its referral refuses may still earn the member points.
    if (event.engages && event.referral.stage !== 'invited') await tellActed(tx, ref.programId, ref.eventId);
    return after;
  });
}

async function decideAction(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const { referral, policy, type, occurred_at_ms } = event;
  const possible = checkStage(event);
  if (!possible.ok) return await refuseEvent(tx, event, possible);
  const facts = await rewardFacts(tx, event);
  const signed_up_at_ms = referral.signed_up_at_ms ?? occurred_at_ms;
  const asks =
    type === policy.qualification.event && (mayQualify(referral) || isEarlier(event, occurred_at_ms));
  const qualifies = asks ? checkQualification(policy, facts, signed_up_at_ms) : null;
  if (qualifies?.ok === false) {
    const { ref } = event;
    noteFailures(tx, { ...ref, policyVersion: referral.policyVersion }, 'qualification', [qualifies]);
  }
  if (qualifies?.ok === true) {
    return mayQualify(referral) ? await qualify(tx, event, facts) : await overtake(tx, event, facts);
  }
  const decisions = decideRewards(policy, 'event', facts);
  if (decisions.length > 0 || countsTowards(policy, facts)) {
    return await writeAction(tx, event, await grantOwn(tx, event, decisions, { facts }), null);
  }
  if (mayQualify(referral) && qualifies !== null) {
    return await refuseEvent(tx, event, qualifies, conversionTrace(event));
  }
  const code = type === policy.qualification.event ? 'already_qualified' : 'not_triggered';
  return await refuseEvent(tx, event, refuse(code, `No rule of this program answers to this ${type}.`));
}

const grantorOf = ({ ref, policy, referral, occurred_at_ms }: LockedEvent): Grantor => ({
  ref,
  policy,
  policyVersion: referral.policyVersion,
  occurred_at_ms,
  anewBy: referral.reason === REFUNDED ? ref.eventId : undefined,
});

/**
 * Grants what the action earns, and settles what changes for those that happened after it. One message tells
 * all that the event takes back, `before` too, since its key is the event's.
 */
async function grantOwn(
  tx: Tx,
  event: LockedEvent,
  decisions: readonly RewardDecision[],
  { facts, before = [] }: { readonly facts: RewardFacts; readonly before?: readonly Reversal[] },
): Promise<GrantedRewards> {
  const shift = await shiftRanks(tx, event, facts.eventOrdinal);
  const own = await grantRewards(tx, grantorOf(event), decisions);
  const reversals = [...before, ...shift.reversals];
  const lost = reversals.length === 0 ? [] : [reversedMessage(event, { reversals, unqualifies: false })];
  return {
    ...own,
    rows: [...own.rows, ...shift.rows],
    messages: [...lost, ...own.messages, ...shift.messages],
  };
}

/** The action qualifies the referral, which counts for its referrer from now on. */
async function qualify(tx: Tx, event: LockedEvent, before: RewardFacts): Promise<ReferralSnapshot> {
  const facts = { ...before, qualifiedCount: before.qualifiedCount + 1 };
  const decisions = [
    ...decideRewards(event.policy, 'qualified', facts),
    ...decideRewards(event.policy, 'event', facts),
  ];
  const after = await writeAction(tx, event, await grantOwn(tx, event, decisions, { facts }), facts);
  await scoreQualification(tx, event);
  return after;
}

/**
 * The action happened before the one that qualified the referral, and came after it: it takes the other's
 * place, so that the order in which they came changes nothing.
 */
async function overtake(tx: Tx, event: LockedEvent, facts: RewardFacts): Promise<ReferralSnapshot> {
  const { ref, policy, referral, subject, type, occurred_at_ms, value, rates, payload } = event;
  const ordinal = facts.eventOrdinal;
  const own = { id: ref.eventId, type, occurred_at_ms, value, rates, payload, refunded_minor: 0n, ordinal };
  const action = { ...own, decided_at_ms: ref.now_ms };
  const { later, reversals, granted: inPlace } = await takePlace(tx, event, action);
  const decisions = decideRewards(policy, 'event', facts);
  const granted = await grantOwn(tx, event, decisions, { facts, before: reversals });
  const rows = [...inPlace.rows, ...granted.rows];
  const stage = await stageInPlace(tx, ref, referral, rows);
  const outcome = {
    decision: 'accepted',
    referralId: ref.referralId,
    stage,
    rewards: [...inPlace.outcomes, ...granted.outcomes],
    trace: {
      ...conversionTrace(event).trace,
      qualifies_instead_of: later.id,
      reversed: reversedOf(event, { reversals }),
    },
  } as const;
  const after = await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    ...qualifiedBy(event, action),
    rewards: rows,
    outbox: [...inPlace.messages, ...granted.messages],
    decided: { eventId: ref.eventId, subject, outcome },
  });
  await unscore(tx, event, later);
  await scoreQualification(tx, event);
  return after;
}

async function scoreQualification(tx: Tx, event: LockedEvent): Promise<void> {
  const { ref, referral, boards, value, rates, occurred_at_ms } = event;
  await keepScores(tx, {
    programId: ref.programId,
    memberId: referral.referrerId,
    boards,
    referrals: 1,
    revenue: value === null ? [] : movesOf(value.unit, rates, { from_minor: 0n, to_minor: value.minor }),
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

function checkStage({ referral, policy, occurred_at_ms }: LockedEvent): Result<true> {
  const { stage, signed_up_at_ms } = referral;
  const earns = earnsAt(policy, signed_up_at_ms ?? occurred_at_ms, occurred_at_ms);
  if (earns === false) return refuse('earning_ended', earningEnded(policy));
  // One that ended before an action came, which happened in time.
  const until_ms = addDays(signed_up_at_ms ?? occurred_at_ms, policy.qualification.within_days);
  const isInTime = stage === 'closed' ? earns === true : mayQualify(referral) && occurred_at_ms <= until_ms;
  if (isEnd(stage) && !isInTime) return ended(stage);
  if (stage === 'invited') {
    return refuse('stage_forbids', 'Nobody has signed up through this invitation yet.');
  }
  return ok(true);
}

const earningEnded = ({ earning_days }: EarningPolicy): string =>
  `The referral earns by what happens within ${earning_days} days after the signup.`;

const ended = (stage: ReferralStage) => refuse('referral_ended', `The referral has ended: it is ${stage}.`);

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
          ...qualifiedBy(event, { id: ref.eventId, occurred_at_ms }),
          counted: { referrerId: referral.referrerId, by: 1 as const },
        };
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    reason: qualifying === null ? referral.reason : null,
    ...qualification,
    rewards: granted.rows,
    outbox: [
      ...(qualifying === null ? [] : [qualifiedMessage(event, ref.eventId, qualifying.qualifiedCount)]),
      ...granted.messages,
    ],
    decided: {
      eventId: ref.eventId,
      subject,
      outcome: {
        decision: 'accepted',
        referralId: ref.referralId,
        stage,
        rewards: granted.outcomes,
        ...conversionTrace(event),
      },
    },
  });
}

/** A referral whose rewards are all available at once, or that earned none, has nothing left to mature. */
function stageAfter(stage: LockedEvent['referral']['stage'], { rows }: GrantedRewards) {
  const qualified = must(next(stage, 'act'));
  return rows.some(({ status }) => status === 'held') ? qualified : must(next(qualified, 'mature'));
}
