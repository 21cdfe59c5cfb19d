import { movesOf } from '../../domain/rates/convert.ts';
import { qualifiesByNumber } from '../../domain/referrals/numbers.ts';
import { mayQualify, next, type ReferralStage } from '../../domain/referrals/referral.ts';
import { must, type Result } from '../../domain/refusal.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';
import { changesOf, grantOwn, type OwnRewards } from './own-rewards.ts';
import { type NewPlace, standingUnqualified } from './place.ts';
import { qualifiedBy, qualifiedMessage, stageInPlace } from './requalify.ts';
import { type GrantedRewards, joinGranted } from './rewards.ts';
import { scoreInPlace, unscore } from './score.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/**
 * Writes an action that qualifies the referral first, or leaves the place to another, or to none; `qualifies`
 * is null where it was not asked.
 */
export async function writeAction(
  tx: Tx,
  event: LockedEvent,
  granted: OwnRewards,
  { facts, qualifies }: { readonly facts: RewardFacts; readonly qualifies: Result<true> | null },
): Promise<ReferralSnapshot> {
  const { ref, referral, occurred_at_ms } = event;
  const isFirst = qualifies?.ok === true;
  const standing = isFirst
    ? {
        stage: stageAfter(referral.stage, granted),
        reason: null,
        ...qualifiedBy(event, { id: ref.eventId, occurred_at_ms }),
        counted: { referrerId: referral.referrerId, by: 1 as const },
      }
    : await standingNow(tx, event, facts);
  const trace = { ...changesOf(event, granted), ...whyNot(qualifies) };
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    ...standing,
    rewards: granted.rows,
    outbox: [
      ...(isFirst ? [qualifiedMessage(event, ref.eventId, facts.qualifiedCount)] : []),
      ...granted.messages,
    ],
    decided: acceptedAs(event, { stage: standing.stage, rewards: granted.outcomes, trace }),
  });
}

/** Of what is accepted: where its referral is, what was earned, and what else it changed. */
interface Accepted {
  readonly stage: ReferralStage;
  readonly rewards: readonly RewardOutcome[];
  readonly trace: object;
}

/** The decision of the action, or of the command, as `writeChange` takes it. */
export const acceptedAs = (
  { ref: { referralId, eventId }, subject }: LockedEvent,
  { stage, rewards, trace }: Accepted,
) => ({
  eventId,
  subject,
  outcome: {
    decision: 'accepted' as const,
    referralId,
    stage,
    rewards,
    ...(Object.keys(trace).length > 0 && { trace }),
  },
});

/** Why an action does not qualify its referral, as its outcome says it. */
const whyNot = (qualifies: Result<true> | null) =>
  qualifies === null || qualifies.ok
    ? {}
    : { does_not_qualify: { code: qualifies.code, message: qualifies.message } };

/** Where the referral is by an action that qualifies it neither itself nor by the numbers that it moves. */
async function standingNow(tx: Tx, event: LockedEvent, { eventOrdinal }: RewardFacts) {
  const { policy, referral, type } = event;
  return mayQualify(referral) && qualifiesByNumber(policy, type)
    ? await standingUnqualified(tx, event, eventOrdinal)
    : { stage: referral.stage, reason: referral.reason };
}

/** A referral whose rewards are all available at once, or that earned none, has nothing left to mature. */
function stageAfter(stage: LockedEvent['referral']['stage'], { rows }: GrantedRewards) {
  const qualified = must(next(stage, 'act'));
  return rows.some(({ status }) => status === 'held') ? qualified : must(next(qualified, 'mature'));
}

/** Writes that another action qualifies the referral from now on, or none, with what the event earns. */
export async function writePlace(
  tx: Tx,
  event: LockedEvent,
  facts: RewardFacts,
  place: NewPlace,
): Promise<ReferralSnapshot> {
  const { ref, referral, policy } = event;
  const { by, later } = place;
  const own = await grantOwn(tx, event, decideRewards(policy, 'event', facts), { facts, place });
  const { rows, outcomes, messages } = joinGranted([place.granted, own]);
  const standing =
    by === null
      ? await standingUnqualified(tx, event, facts.eventOrdinal)
      : { stage: await stageInPlace(tx, ref, referral, rows), ...qualifiedBy(event, by) };
  const moves = (later === null ? 1 : 0) - (by === null ? 1 : 0);
  const nth = referral.qualifiedCount + 1;
  const after = await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    ...standing,
    ...(moves !== 0 && { counted: { referrerId: referral.referrerId, by: moves === 1 ? 1 : -1 } }),
    rewards: rows,
    outbox: [...(by !== null && later === null ? [qualifiedMessage(event, by.id, nth)] : []), ...messages],
    decided: acceptedAs(event, {
      stage: standing.stage,
      rewards: outcomes,
      trace: { ...placeTrace(ref, place), ...changesOf(event, own) },
    }),
  });
  if (later !== null) await unscore(tx, event, later);
  if (by?.id === ref.eventId) await scoreQualification(tx, event);
  else if (by !== null) await scoreInPlace(tx, event, by);
  return after;
}

/** Which action qualifies the referral instead of which, as the event's outcome says it. */
function placeTrace({ eventId }: ReferralEventRef, { by, later }: NewPlace) {
  if (by === null) return { unqualified_by_number: true };
  return by.id === eventId ? { qualifies_instead_of: later?.id } : { qualified_by_number: by.id };
}

/** Counts the referral on the leaderboards by the event itself. */
export async function scoreQualification(tx: Tx, event: LockedEvent): Promise<void> {
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
