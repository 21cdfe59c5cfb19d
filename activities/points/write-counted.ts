import { blockedRefusal } from '../../domain/members/block.ts';
import { toJson } from '../../domain/money.ts';
import { isSole } from '../../domain/points/achievements.ts';
import { type DeedDecision, freshOf } from '../../domain/points/count.ts';
import { NO_CHANGES, type NumberChanges, withFresh } from '../../domain/points/numbers.ts';
import type { PointsDecision } from '../../domain/points/points.ts';
import type { PointsTally } from '../../domain/points/tally.ts';
import type { Outcome, PointOutcome } from '../../engine/events/outcome.ts';
import { type Mover, moveId, moverOf, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { momentsOf, type ReadTally } from '../../engine/points/tally.ts';
import { type MoveStep, postMoves, postMovesTogether, writeMoves } from '../../engine/points/write.ts';
import { noBudget } from '../../engine/rewards/budget.ts';
import { noteFailures } from '../../engine/rules/failures.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { type MovedAward, readLateAwards } from './award-shift.ts';
import { type AwardsOf, earnedMessage, type NewAward, newAward, storedAwards } from './awards.ts';
import { moveAwards, movedTrace } from './move-awards.ts';
import { NotTogether } from './not-together.ts';
import { ruleMove } from './rule-move.ts';
import { decideShift, pointChangesOf, type Shift, type ShiftMoves } from './shift.ts';
import { type PostedShift, postShift } from './shift-post.ts';
import { lateTraceOf, outcomeWith, shiftWrites } from './shift-writes.ts';
import { signupSeen, storedActions } from './stored-actions.ts';

/** An action that counts, with the moves that it asks for. */
export interface PlannedAction {
  readonly source: SourceEvent;
  readonly decision: DeedDecision;
  readonly awards: readonly NewAward[];
  /** Awards that stand for other actions now, as this one comes late. */
  readonly movedAwards: readonly MovedAward[];
  readonly moves: readonly PointMove[];
  readonly isBlocked: boolean;
}

/** What an action asks for. Of one that comes late, what awards there are follows from the order of all. */
export async function planOf(
  tx: Tx,
  source: SourceEvent,
  decision: DeedDecision,
  { tally, areAwardsLate }: ReadTally,
): Promise<PlannedAction> {
  const own = decision.awards.map((award) => newAward(source, award));
  const shift = areAwardsLate ? await readLateAwards(tx, source) : null;
  const awards = shift === null ? own : [...own.filter(({ rule }) => isSole(rule.test)), ...shift.earned];
  const isBlocked = tally.people.get(source.actor.id)?.isBlocked === true;
  const moves = [
    ...decision.points.flatMap((it) => (it.granted ? [ruleMove(source, it)] : [])),
    ...(isBlocked ? [] : awards.flatMap(({ move }) => move ?? [])),
  ];
  return { source, decision, awards, movedAwards: shift?.moved ?? [], moves, isBlocked };
}

/** What a late action moves for others. */
export interface LatePlan {
  readonly source: SourceEvent;
  readonly shift: Shift;
  readonly moves: ShiftMoves;
}

/** Decides what a late action moves for others, after what it earns itself; nothing where it was counted. */
export async function planLate(
  tx: Tx,
  source: SourceEvent,
  shift: Shift,
  planned: readonly PlannedAction[],
): Promise<LatePlan> {
  const own = planned.flatMap((it) => it.decision.points.flatMap((answer) => freshOf(it.source, answer)));
  return { source, shift, moves: await decideShift(tx, shift, withFresh(shift.tally, own)) };
}

/** By event, what came of actions, and common table expressions that are still to be written. */
interface Written {
  readonly told: ReadonlyMap<string, Outcome>;
  readonly writes: readonly Prisma.Sql[];
}

export const NOTHING_WRITTEN: Written = { told: new Map(), writes: [] };

/** Posts and writes down what actions earn, and what a late one moves for others. */
export async function writeCounted(
  tx: Tx,
  read: ReadTally,
  planned: readonly PlannedAction[],
  late: LatePlan | null,
): Promise<Written> {
  const source = planned[0]?.source ?? late?.source;
  if (source === undefined) return NOTHING_WRITTEN;
  const mover = moverOf(source);
  const { postedKeys, shares } = await postAll(tx, mover, planned, late);
  const moments = momentsOf(read, planned.length);
  const own = planned.map(({ source: of, moves, awards }, nth) => ({
    moves,
    messages: awards.map((award) => earnedMessage(of, award)),
    decided_at_ms: moments[nth] ?? read.began_at_ms,
  }));
  const steps = late === null ? own : [stepWith(late, own[0], shares)];
  await writeMoves(
    tx,
    mover,
    steps.map((step) => ({ ...step, moves: step.moves.filter(({ key }) => postedKeys.has(key)) })),
  );
  for (const { source: of, movedAwards } of planned) await moveAwards(tx, of, movedAwards);
  const changes = late === null ? NO_CHANGES : pointChangesOf(late.shift, late.moves, { postedKeys, shares });
  const counted = planned.map((plan, nth) => ({
    ...countedAs(tx, plan, { postedKeys, changes, tally: read.tally }),
    decided_at_ms: moments[nth] ?? null,
  }));
  const before = counted.length === 0 ? read.told.get(source.eventId) : undefined;
  const again = before === undefined ? null : { source, outcome: outcomeWith(before, changes) };
  return {
    told: new Map(
      [...counted, ...(again === null ? [] : [again])].map(({ source: of, outcome }) => [
        of.eventId,
        outcome,
      ]),
    ),
    writes: [
      ...(counted.length === 0 ? [] : writesOf(mover.programId, counted)),
      ...(late === null ? [] : shiftWrites(late.shift, again)),
    ],
  };
}

/** Posts what the budget has room for: of several actions all, as what they bring hangs together. */
async function postAll(
  tx: Tx,
  mover: Mover,
  planned: readonly PlannedAction[],
  late: LatePlan | null,
): Promise<PostedShift> {
  const own = planned.flatMap((it) => it.moves);
  if (late !== null) return await postShift(tx, mover, late, own);
  if (planned.length === 1) return { postedKeys: await postMoves(tx, mover, own), shares: [] };
  if (!(await postMovesTogether(tx, mover, own))) throw new NotTogether();
  return { postedKeys: new Set(own.map(({ key }) => key)), shares: [] };
}

/** One step for all that a late action moves, so that a level is told once. */
const stepWith = (
  { moves: { lost, gains } }: LatePlan,
  own: MoveStep | undefined,
  shares: readonly PointMove[],
): MoveStep => ({
  ...own,
  moves: [...lost, ...(own?.moves ?? []), ...gains.flatMap(({ move }) => move ?? []), ...shares],
});

/** An action that was counted, its points posted and written. */
type CountedAction = AwardsOf & {
  readonly outcome: Outcome;
  readonly number: number | null;
  readonly seen: ReturnType<typeof signupSeen>;
};

function countedAs(
  tx: Tx,
  { source, decision, awards, movedAwards, isBlocked }: PlannedAction,
  {
    postedKeys,
    changes,
    tally,
  }: Pick<PostedShift, 'postedKeys'> & { readonly changes: NumberChanges; readonly tally: PointsTally },
): Omit<CountedAction, 'decided_at_ms'> {
  noteFailures(tx, source, 'points', decision.points);
  const trace = { ...lateTraceOf(changes).trace, ...movedTrace(movedAwards) };
  const outcome: Outcome = {
    decision: 'accepted',
    points: decision.points.map((it) => pointOutcome(source, it, postedKeys)),
    achievements: awards.map(({ rule }) => rule.id),
    ...(Object.keys(trace).length > 0 && { trace }),
  };
  const unpaid = isBlocked ? blockedRefusal : noBudget;
  const seen = signupSeen(source, tally);
  return { source, awards, postedKeys, unpaid, outcome, number: decision.number, seen };
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
  const { key } = ruleMove(source, decision);
  if (!postedKeys.has(key)) return { ...refused, code: noBudget.code, message: noBudget.message };
  const amount = toJson(decision.amount);
  return { ruleId, recipient, granted: true, postingId: moveId(source.programId, key), amount };
}

/** Stores what was counted, and the achievements that it earned, if any. */
function writesOf(programId: string, counted: readonly CountedAction[]): Prisma.Sql[] {
  const awarded = counted.filter(({ awards }) => awards.length > 0);
  const actions = storedActions(programId, counted);
  return awarded.length === 0 ? [actions] : [actions, storedAwards(programId, awarded)];
}
