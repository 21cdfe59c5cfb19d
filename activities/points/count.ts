import { blockedRefusal } from '../../domain/members/block.ts';
import { toJson } from '../../domain/money.ts';
import { decidePoints, type PointsDecision, type PointsGranted } from '../../domain/points/points.ts';
import { answersTo, type PointsPolicy } from '../../domain/points/policy.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Outcome, type PointOutcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { type LockedMember, lockMembers } from '../../engine/members/lock.ts';
import { pointsFacts } from '../../engine/points/facts.ts';
import { moveId, moverOf, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import { noBudget } from '../../engine/rewards/budget.ts';
import { noteFailures } from '../../engine/rules/failures.ts';
import type { Tx } from '../../prisma/client.ts';
import { decideAwards, writeAwards } from './awards.ts';
import { takeBack } from './take-back.ts';

/**
 * Counts an event for points and achievements, or takes back what a refunded one brought, in the caller's
 * transaction. An event that was counted before changes nothing and returns its first outcome.
 */
export async function countSource(tx: Tx, policies: Policies, source: SourceEvent): Promise<Outcome> {
  if (source.type === 'refund')
    return (await toldBefore(tx, source)) ?? (await takeBack(tx, policies, source));
  const { points } = source;
  if (points === null || !answersTo(points, source.type)) {
    return refusedOutcome(refuse('not_triggered', `No rule of this program answers to this ${source.type}.`));
  }
  const rewardsReferrer = points.rules.some((it) => it.event === source.type && it.recipient === 'referrer');
  const referrers = rewardsReferrer && source.referrerId !== null ? [source.referrerId] : [];
  const members = await lockMembers(tx, source.programId, [source.actor.id, ...referrers]);
  const before = await countedBefore(tx, source);
  return before ?? (await countAction(tx, source, points, members));
}

/** Asked under the member's lock, so that nobody counts the same event meanwhile. A member signs up once. */
async function countedBefore(
  tx: Tx,
  { programId, eventId, actor, type }: SourceEvent,
): Promise<Outcome | null> {
  const same = await tx.memberAction.findUnique({ where: { programId_eventId: { programId, eventId } } });
  if (same !== null) return same.outcome as unknown as Outcome;
  if (type !== 'signup') return null;
  const signup = await tx.memberAction.findFirst({ where: { programId, memberId: actor.id, type } });
  return signup === null
    ? null
    : refusedOutcome(refuse('not_triggered', 'A signup of this member has been counted before.'));
}

/**
 * What came of a refund that was counted while it still waited for its referral; null: it was not. The
 * member's workflow decides both, one after the other.
 */
async function toldBefore(tx: Tx, { programId, eventId }: SourceEvent): Promise<Outcome | null> {
  const where = { programId, key: `acted:${eventId}`, state: 'decided' as const };
  const told = await tx.event.findFirst({ where, select: { outcome: true } });
  return told === null ? null : (told.outcome as unknown as Outcome);
}

async function countAction(
  tx: Tx,
  source: SourceEvent,
  policy: PointsPolicy,
  members: ReadonlyMap<string, LockedMember>,
): Promise<Outcome> {
  const facts = await pointsFacts(tx, source, policy, members);
  const decisions = decidePoints(policy, facts);
  noteFailures(tx, source, 'points', decisions);
  const awards = await decideAwards(tx, source, policy);
  const isBlocked = facts.blockedIds.has(source.actor.id);
  const moves = [
    ...decisions.flatMap((decision) => (decision.granted ? [moveOf(source, decision)] : [])),
    ...(isBlocked ? [] : awards.flatMap(({ move }) => move ?? [])),
  ];
  const mover = moverOf(source);
  const postedKeys = await postMoves(tx, mover, moves);
  const postedMoves = moves.filter(({ key }) => postedKeys.has(key));
  await writeMoves(tx, mover, postedMoves);
  await writeAwards(tx, source, awards, { postedKeys, unpaid: isBlocked ? blockedRefusal : noBudget });
  const outcome: Outcome = {
    decision: 'accepted',
    points: decisions.map((decision) => pointOutcome(source, decision, postedKeys)),
    achievements: awards.map(({ rule }) => rule.id),
  };
  await writeAction(tx, source, outcome);
  return outcome;
}

function moveOf({ eventId, policyVersion, occurred_at_ms }: SourceEvent, decision: PointsGranted): PointMove {
  return {
    key: `points:${eventId}:${decision.ruleId}:${decision.recipient}`,
    memberId: decision.recipientId,
    source: 'rule',
    eventId,
    ruleId: decision.ruleId,
    policyVersion,
    unit: decision.amount.unit,
    amount_minor: decision.amount.minor,
    occurred_at_ms,
    expires_at_ms: decision.expires_at_ms,
    trace: decision.trace,
  };
}

/** A decision's outcome: refused by its rule, or by a budget that had no room, or granted. */
function pointOutcome(
  source: SourceEvent,
  decision: PointsDecision,
  postedKeys: ReadonlySet<string>,
): PointOutcome {
  const { ruleId, recipient } = decision;
  const refused = { ruleId, recipient, granted: false };
  if (!decision.granted) return { ...refused, code: decision.code, message: decision.message };
  const { key } = moveOf(source, decision);
  if (!postedKeys.has(key)) return { ...refused, code: noBudget.code, message: noBudget.message };
  const amount = toJson(decision.amount);
  return { ruleId, recipient, granted: true, postingId: moveId(source.programId, key), amount };
}

async function writeAction(tx: Tx, source: SourceEvent, outcome: Outcome): Promise<void> {
  const { programId, eventId, actor, type, occurred_at_ms, value } = source;
  await tx.memberAction.create({
    data: {
      programId,
      eventId,
      memberId: actor.id,
      type,
      occurredAt: new Date(occurred_at_ms),
      valueMinor: value?.minor ?? null,
      unit: value?.unit ?? null,
      outcome: outcome as object,
    },
    select: { eventId: true },
  });
}
