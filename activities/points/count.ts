import { toJson } from '../../domain/money.ts';
import { decidePoints, type PointsGranted } from '../../domain/points/points.ts';
import { answersTo, type PointsPolicy } from '../../domain/points/policy.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Outcome, type PointOutcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { pointsFacts } from '../../engine/points/facts.ts';
import { type Mover, moveId, type PointMove } from '../../engine/points/move.ts';
import { lockMembers, type SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import { noBudget } from '../../engine/rewards/budget.ts';
import type { Tx } from '../../prisma/client.ts';
import { decideAwards, type NewAward, writeAwards } from './awards.ts';
import { takeBack } from './take-back.ts';

/**
 * Counts an event for points and achievements, or takes back what a refunded one had brought, in the caller's transaction. An event
 * that was counted before changes nothing: its first outcome comes back.
 */
export async function countSource(tx: Tx, policies: Policies, source: SourceEvent): Promise<Outcome> {
  if (source.type === 'refund') return await takeBack(tx, policies, source);
  const { points } = source;
  if (points === null || !answersTo(points, source.type)) {
    return refusedOutcome(refuse('not_triggered', `No rule of this program answers to this ${source.type}.`));
  }
  const rewardsReferrer = points.rules.some((it) => it.event === source.type && it.recipient === 'referrer');
  const referrers = rewardsReferrer && source.referrerId !== null ? [source.referrerId] : [];
  const qualified = await lockMembers(tx, source.programId, [source.actor.id, ...referrers]);
  const before = await countedBefore(tx, source);
  return before ?? (await count(tx, source, points, qualified));
}

/** Under the member's lock, so that nobody is counting the same event meanwhile. A member signs up once. */
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

async function count(
  tx: Tx,
  source: SourceEvent,
  policy: PointsPolicy,
  qualified: ReadonlyMap<string, number>,
): Promise<Outcome> {
  const { programId, policyVersion } = source;
  const decisions = decidePoints(policy, await pointsFacts(tx, source, policy, qualified));
  const awards = await decideAwards(tx, source, policy);
  const moves = [
    ...decisions.flatMap((decision) => (decision.granted ? [moveOf(source, decision)] : [])),
    ...awards.flatMap(({ move }) => (move === null ? [] : [move])),
  ];
  const mover: Mover = {
    programId,
    unit: policy.unit,
    levels: policy.levels,
    actorId: source.actor.id,
    policyVersion,
  };
  const afforded = await postMoves(tx, mover, moves);
  await writeMoves(
    tx,
    mover,
    moves.filter(({ key }) => afforded.has(key)),
  );
  await writeAwards(tx, source, awards, afforded);
  const outcome: Outcome = {
    decision: 'accepted',
    points: decisions.map((decision): PointOutcome => {
      const { ruleId, recipient } = decision;
      if (!decision.granted)
        return { ruleId, recipient, granted: false, code: decision.code, message: decision.message };
      const { key } = moveOf(source, decision);
      if (!afforded.has(key))
        return { ruleId, recipient, granted: false, code: noBudget.code, message: noBudget.message };
      return {
        ruleId,
        recipient,
        granted: true,
        postingId: moveId(programId, key),
        amount: toJson(decision.amount),
      };
    }),
    achievements: awards.map(({ rule }: NewAward) => rule.id),
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
