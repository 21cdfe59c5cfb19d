import {
  asksCount,
  decideDeeds,
  movesNumbers,
  rewardsReferrer,
  type UncountedDeed,
} from '../../domain/points/count.ts';
import { answersTo, type PointsPolicy } from '../../domain/points/policy.ts';
import { EMPTY_TALLY } from '../../domain/points/tally.ts';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { notePointsAsked } from '../../engine/points/recount.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { type ReadTally, readTally } from '../../engine/points/tally.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { tryAgain } from '../errors.ts';
import { readPointShift } from './late.ts';
import { NotTogether } from './not-together.ts';
import type { Shift } from './shift.ts';
import { NOTHING_WRITTEN, type PlannedAction, planLate, planOf, writeCounted } from './write-counted.ts';

/** What came of actions, in their order, and what is still to be written: common table expressions. */
export interface CountedActions {
  readonly outcomes: readonly Outcome[];
  readonly writes: readonly Prisma.Sql[];
  /**
   * A late action has numbers left to move: nothing is decided yet, and the next transaction goes on with the
   * same actions.
   */
  readonly isOpen: boolean;
}

/**
 * Counts actions of one member for points and achievements, one after the other, in the caller's transaction.
 * One that was counted before changes nothing and has its first outcome. Throws `NotTogether` where several
 * must be counted one by one: the budget has no room for all, too many actions lie around them, or one comes
 * late and moves numbers that rules ask for, or awards.
 */
export async function countSources(
  tx: Tx,
  policies: Policies,
  sources: readonly SourceEvent[],
): Promise<CountedActions> {
  const [first] = sources;
  if (first === undefined) return { outcomes: [], writes: [], isOpen: false };
  const { points } = first;
  const read = points === null ? null : await lockAndRead(tx, points, sources);
  const shift = read === null ? null : await shiftOf(tx, policies, sources, read);
  const decisions = decideDeeds(points, sources, shift?.tally ?? read?.tally ?? EMPTY_TALLY);
  const decided = sources.map((source, nth) => ({ source, decision: decisions[nth] ?? NO_RULE }));
  const planned: PlannedAction[] = [];
  for (const { source, decision } of decided) {
    if (decision.counts && read !== null) planned.push(await planOf(tx, source, decision, read));
  }
  const late = shift === null ? null : await planLate(tx, first, shift, planned);
  const { told: counted, writes } =
    read === null ? NOTHING_WRITTEN : await writeCounted(tx, read, planned, late);
  if (planned.length > 0)
    await notePointsAsked(
      tx,
      first.programId,
      planned.map(({ source }) => source),
    );
  const told = new Map([...((read?.told ?? new Map()) as ReadonlyMap<string, Outcome>), ...counted]);
  const outcomes = decided.map(({ source, decision }) => {
    const isTold = decision.counts || decision.why === 'counted_before';
    const outcome = isTold ? told.get(source.eventId) : refusedOutcome(refusalOf(decision, source));
    if (outcome === undefined) throw new Error(`nobody told what came of ${source.eventId}`);
    return outcome;
  });
  return { outcomes, writes, isOpen: shift?.hasMore === true };
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
  const isFor = ({ type }: SourceEvent) => rewardsReferrer(points, type) || asksCount(points, type);
  const referrers = [first, ...others].flatMap((it) => (isFor(it) ? (it.referrerId ?? []) : []));
  const people = await lockMembers(tx, first.programId, [first.actor.id, ...referrers]);
  const read = await readTally(tx, points, [first, ...others], people);
  if (read.isOvertaken) throw tryAgain('the member signed up while their actions were counted');
  if (!read.isWhole || (read.areAwardsLate && others.length > 0)) throw new NotTogether();
  return read;
}

/**
 * What one of these that comes late changes for those after it; null: none does. One that was counted before
 * may have left some of that. A signup moves no number, since one of a member counts.
 */
async function shiftOf(
  tx: Tx,
  policies: Policies,
  sources: readonly SourceEvent[],
  { tally, isLate, told }: ReadTally,
): Promise<Shift | null> {
  const asks = ({ points, type }: SourceEvent) => points !== null && movesNumbers(points, type);
  const isAgain = sources.some((source) => told.has(source.eventId) && asks(source));
  const [first, ...others] = sources;
  if (first === undefined || !(isLate || isAgain)) return null;
  if (others.length > 0) throw new NotTogether();
  return await readPointShift(tx, policies, first, tally);
}
