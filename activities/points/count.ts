import { blockedRefusal } from '../../domain/members/block.ts';
import { toJson } from '../../domain/money.ts';
import {
  type DeedDecision,
  decideDeeds,
  rewardsReferrer,
  type UncountedDeed,
} from '../../domain/points/count.ts';
import type { PointsDecision, PointsGranted } from '../../domain/points/points.ts';
import { answersTo, type PointsPolicy } from '../../domain/points/policy.ts';
import { EMPTY_TALLY } from '../../domain/points/tally.ts';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import { type Outcome, type PointOutcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { type Mover, moveId, moverOf, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { momentsOf, type ReadTally, readTally } from '../../engine/points/tally.ts';
import { postMoves, postMovesTogether, writeMoves } from '../../engine/points/write.ts';
import { noBudget } from '../../engine/rewards/budget.ts';
import { noteFailures } from '../../engine/rules/failures.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { type AwardsOf, earnedMessage, type NewAward, newAward, storedAwards } from './awards.ts';
import { NotTogether } from './not-together.ts';
import { storedActions } from './stored-actions.ts';

/** What came of actions, in their order, and what is still to be written: common table expressions. */
export interface CountedActions {
  readonly outcomes: readonly Outcome[];
  readonly writes: readonly Prisma.Sql[];
}

/**
 * Counts actions of one member for points and achievements, one after the other, in the caller's transaction.
 * One that was counted before changes nothing and has its first outcome. Throws `NotTogether` where several
 * must be counted one by one: the budget has no room for all, or too many actions lie around them.
 */
export async function countSources(tx: Tx, sources: readonly SourceEvent[]): Promise<CountedActions> {
  const [first] = sources;
  if (first === undefined) return { outcomes: [], writes: [] };
  const { points, programId } = first;
  const read = points === null ? null : await lockAndRead(tx, points, sources);
  const decisions = decideDeeds(points, sources, read?.tally ?? EMPTY_TALLY);
  const decided = sources.map((source, nth) => ({ source, decision: decisions[nth] ?? NO_RULE }));
  const planned = decided.flatMap(({ source, decision }) =>
    decision.counts && read !== null ? [planOf(source, decision, read)] : [],
  );
  const counted = read === null ? [] : await writeAll(tx, read, planned);
  const told = new Map<string, Outcome>([
    ...((read?.told ?? new Map()) as ReadonlyMap<string, Outcome>),
    ...counted.map(({ source, outcome }) => [source.eventId, outcome] as const),
  ]);
  const outcomes = decided.map(({ source, decision }) => {
    const isTold = decision.counts || decision.why === 'counted_before';
    const outcome = isTold ? told.get(source.eventId) : refusedOutcome(refusalOf(decision, source));
    if (outcome === undefined) throw new Error(`nobody told what came of ${source.eventId}`);
    return outcome;
  });
  return { outcomes, writes: counted.length === 0 ? [] : writesOf(programId, counted) };
}

const NO_RULE: UncountedDeed = { counts: false, why: 'no_rule' };

const refusalOf = ({ why }: UncountedDeed, { type }: SourceEvent): Refusal =>
  why === 'signed_up_before'
    ? refuse('not_triggered', 'A signup of this member has been counted before.')
    : refuse('not_triggered', `No rule of this program answers to this ${type}.`);

/** Locks whom these concern, and reads what counting them takes; null: no rule answers to any. */
async function lockAndRead(
  tx: Tx,
  points: PointsPolicy,
  sources: readonly SourceEvent[],
): Promise<ReadTally | null> {
  const [first, ...others] = sources.filter(({ type }) => answersTo(points, type));
  if (first === undefined) return null;
  const isFor = (source: SourceEvent) => rewardsReferrer(points, source.type);
  const referrers = [first, ...others].flatMap((it) => (isFor(it) ? (it.referrerId ?? []) : []));
  const people = await lockMembers(tx, first.programId, [first.actor.id, ...referrers]);
  const read = await readTally(tx, points, [first, ...others], people);
  if (!read.isWhole) throw new NotTogether();
  return read;
}

/** An action that counts, with the moves that it asks for. */
interface PlannedAction {
  readonly source: SourceEvent;
  readonly decisions: readonly PointsDecision[];
  readonly awards: readonly NewAward[];
  readonly moves: readonly PointMove[];
  readonly isBlocked: boolean;
}

function planOf(source: SourceEvent, decision: DeedDecision, { tally }: ReadTally): PlannedAction {
  const awards = decision.awards.map((award) => newAward(source, award));
  const isBlocked = tally.people.get(source.actor.id)?.isBlocked === true;
  const moves = [
    ...decision.points.flatMap((it) => (it.granted ? [moveOf(source, it)] : [])),
    ...(isBlocked ? [] : awards.flatMap(({ move }) => move ?? [])),
  ];
  return { source, decisions: decision.points, awards, moves, isBlocked };
}

/** An action that was counted, its points posted and written. */
interface CountedAction extends AwardsOf {
  readonly outcome: Outcome;
}

async function writeAll(
  tx: Tx,
  read: ReadTally,
  planned: readonly PlannedAction[],
): Promise<CountedAction[]> {
  const [first] = planned;
  if (first === undefined) return [];
  const mover = moverOf(first.source);
  const postedKeys = await postAll(tx, mover, planned);
  const moments = momentsOf(read, planned.length);
  const steps = planned.map(({ source, moves, awards }, nth) => ({
    moves: moves.filter(({ key }) => postedKeys.has(key)),
    messages: awards.map((award) => earnedMessage(source, award)),
    decided_at_ms: moments[nth] ?? read.began_at_ms,
  }));
  await writeMoves(tx, mover, steps);
  return planned.map(({ source, decisions, awards, isBlocked }, nth) => {
    noteFailures(tx, source, 'points', decisions);
    const outcome: Outcome = {
      decision: 'accepted',
      points: decisions.map((decision) => pointOutcome(source, decision, postedKeys)),
      achievements: awards.map(({ rule }) => rule.id),
    };
    const unpaid = isBlocked ? blockedRefusal : noBudget;
    return { source, awards, postedKeys, unpaid, decided_at_ms: moments[nth] ?? null, outcome };
  });
}

/** Posts what the budget has room for: of several actions all, as what they bring hangs together. */
async function postAll(
  tx: Tx,
  mover: Mover,
  planned: readonly PlannedAction[],
): Promise<ReadonlySet<string>> {
  const moves = planned.flatMap((it) => it.moves);
  if (planned.length === 1) return await postMoves(tx, mover, moves);
  if (!(await postMovesTogether(tx, mover, moves))) throw new NotTogether();
  return new Set(moves.map(({ key }) => key));
}

/** Stores what was counted, and the achievements that it earned, if any. */
function writesOf(programId: string, counted: readonly CountedAction[]): Prisma.Sql[] {
  const awarded = counted.filter(({ awards }) => awards.length > 0);
  const actions = storedActions(programId, counted);
  return awarded.length === 0 ? [actions] : [actions, storedAwards(programId, awarded)];
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
