import { pointsLost } from '../../domain/points/award.ts';
import { freshOf } from '../../domain/points/count.ts';
import {
  addChanges,
  decideMoved,
  NO_CHANGES,
  type NumberChanges,
  type Turn,
  turnsOf,
  withFresh,
} from '../../domain/points/numbers.ts';
import type { PointsDecision } from '../../domain/points/points.ts';
import type { FreshGrant, PointsTally } from '../../domain/points/tally.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { backMove, lostMove, type MovedHow, moveId, type PointMove } from '../../engine/points/move.ts';
import type { MovedAction } from '../../engine/points/moved.ts';
import { readGranted } from '../../engine/points/tally.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import { noBudget } from '../../engine/rewards/budget.ts';
import type { Tx } from '../../prisma/client.ts';
import { movedRuleMove } from './rule-move.ts';
import { type PostingFacts, readPostings } from './take-back-facts.ts';

/** Most actions that one transaction asks again, and most answers of rules that it turns round. */
export const MOVED_MAX = 1_000;
export const MOVED_TURNS_MAX = 100;

/** By which event actions are turned round: one that came late, or a command to ask them again. */
export interface ShiftBy {
  readonly how: MovedHow;
  readonly programId: string;
  readonly eventId: string;
  readonly occurred_at_ms: number;
}

/** Points that go, since rules see something else of the action. */
interface Loss {
  readonly turn: Turn<MovedAction>;
  readonly posting: PostingFacts;
  readonly left_minor: bigint;
}

/** What an event changes for actions that were counted before, as far as one transaction goes. */
export interface Shift {
  readonly by: ShiftBy;
  readonly moved: readonly MovedAction[];
  /** Other actions are left for the next transaction. */
  readonly hasMore: boolean;
  readonly losses: readonly Loss[];
  /** Answers that are yes now, where the action has nothing of the rule. */
  readonly gains: readonly Turn<MovedAction>[];
  /** Once what goes is gone. */
  readonly tally: PointsTally;
}

/**
 * Reads what is turned round about actions, which are a few more than one transaction asks where there are
 * more. Each was counted by the policy of its time, which is asked again by what its rules saw and by what
 * they see now.
 */
export async function readPointTurns(
  tx: Tx,
  policies: Policies,
  by: ShiftBy,
  { rows, tally }: { readonly rows: readonly MovedAction[]; readonly tally: PointsTally },
): Promise<Shift> {
  const { programId } = by;
  const { turns, actions } = turnsOf(rows.slice(0, MOVED_MAX), tally, MOVED_TURNS_MAX);
  const eventIds = [...new Set(turns.map(({ deed }) => deed.eventId))];
  const postings = await readPostings(tx, policies, programId, eventIds);
  const had = ({ deed, rule }: Turn<MovedAction>) =>
    postings.filter(({ eventId, ruleId }) => eventId === deed.eventId && ruleId === rule.id);
  const losses = turns
    .filter(({ earns }) => !earns)
    .flatMap((turn) =>
      had(turn).map((posting) => ({
        turn,
        posting,
        left_minor: posting.amount_minor - posting.reversed_minor,
      })),
    );
  const gains = turns.filter((turn) => turn.earns && had(turn).length === 0);
  return {
    ...{ by, moved: rows.slice(0, actions), hasMore: rows.length > actions, losses, gains },
    tally: withFresh(await withPeople(tx, programId, tally, { losses, gains }), losses.flatMap(freshLoss)),
  };
}

/** What caps no longer count. */
function freshLoss({ turn: { deed, rule }, posting, left_minor }: Loss): FreshGrant[] {
  if (left_minor === 0n) return [];
  const amount_minor = posting.unit === deed.points?.unit ? -left_minor : 0n;
  const { occurred_at_ms } = deed;
  return [{ ruleId: rule.id, recipientId: posting.memberId, occurred_at_ms, amount_minor, count: -1 }];
}

/**
 * Locks whom these concern besides those who are locked: whom another referrer or another policy had given
 * points. That may be out of order, and whoever then waits for each other tries again.
 */
async function withPeople(
  tx: Tx,
  programId: string,
  tally: PointsTally,
  { losses, gains }: Pick<Shift, 'losses' | 'gains'>,
): Promise<PointsTally> {
  const gaining = gains.flatMap(({ rule, deed }) =>
    rule.recipient === 'referrer' ? (deed.referrerId ?? []) : [],
  );
  const wanted = [...losses.map(({ posting }) => posting.memberId), ...gaining].filter(
    (id) => !tally.people.has(id),
  );
  if (wanted.length === 0) return tally;
  const people = await lockMembers(tx, programId, wanted);
  return { ...tally, people: new Map([...tally.people, ...people]) };
}

/** What a rule answers to an action by what it sees now, and the points that it grants. */
interface Gain {
  readonly turn: Turn<MovedAction>;
  readonly decision: PointsDecision;
  readonly move: PointMove | null;
}

/** What an event moves for others: what goes, and what comes. */
export interface ShiftMoves {
  readonly lost: readonly PointMove[];
  readonly gains: readonly Gain[];
}

/** Decides what comes, one after the other. `tally`: once an event that itself counts is counted. */
export async function decideShift(tx: Tx, shift: Shift, tally: PointsTally): Promise<ShiftMoves> {
  const { by, losses } = shift;
  const deeds = shift.gains.flatMap(({ deed }) =>
    deed.points === null ? [] : [{ ...deed, points: deed.points }],
  );
  const granted = deeds.length === 0 ? tally.granted : await readGranted(tx, by.programId, deeds);
  let current: PointsTally = { ...tally, granted };
  const gains = shift.gains.map((turn): Gain => {
    const decision = decideMoved(turn, current);
    current = withFresh(current, freshOf(turn.deed, decision));
    const move = decision.granted ? movedRuleMove(turn.deed, decision, by) : null;
    return { turn, decision, move };
  });
  const lost = losses.flatMap(({ turn, posting, left_minor }) =>
    left_minor === 0n ? [] : [lostMove(by, posting, { left_minor, number: turn.deed.now.number })],
  );
  return { lost, gains };
}

/** The share of what comes that refunds have taken of its action, by moves of the same event. */
export function sharesOf({ by }: Shift, { gains }: ShiftMoves, postedKeys: ReadonlySet<string>): PointMove[] {
  return gains.flatMap(({ turn: { deed, rule }, move }) => {
    if (move === null || !postedKeys.has(move.key)) return [];
    const { amount_minor } = move;
    const lost_minor = pointsLost(rule.award, { amount_minor, reversed_minor: 0n }, deed.rest);
    const posting = { ...move, id: moveId(by.programId, move.key) };
    return lost_minor === 0n ? [] : [backMove(by, posting, lost_minor)];
  });
}

/** What became of the actions, as the event's outcome says it. */
export function pointChangesOf(
  { by, losses }: Shift,
  { gains }: ShiftMoves,
  { postedKeys, shares }: { readonly postedKeys: ReadonlySet<string>; readonly shares: readonly PointMove[] },
): NumberChanges {
  const taken = losses.flatMap(({ turn: { rule }, left_minor }) =>
    left_minor === 0n ? [] : [{ ruleId: rule.id, events: 1, points: `${left_minor}` }],
  );
  const granted = gains.flatMap(({ decision: { ruleId }, move }) => {
    if (move === null || !postedKeys.has(move.key)) return [];
    const id = moveId(by.programId, move.key);
    const share_minor = shares.find(({ takesFrom }) => takesFrom === id)?.amount_minor ?? 0n;
    const net_minor = move.amount_minor + share_minor;
    return net_minor === 0n ? [] : [{ ruleId, events: 1, points: `${net_minor}` }];
  });
  const refused = gains.flatMap(({ decision, move }) => {
    if (move !== null && postedKeys.has(move.key)) return [];
    const { code, message } = decision.granted ? noBudget : decision;
    return [{ ruleId: decision.ruleId, events: 1, code, message }];
  });
  return addChanges(NO_CHANGES, { taken, granted, refused });
}
