import {
  type ActionRest,
  countedAs,
  countedOf,
  decideRest,
  decideTakeBack,
} from '../../domain/points/take-back.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { backMove, moverOf, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { type AwardShift, readAwardShift } from './award-shift.ts';
import { moveAwards, movedTrace } from './move-awards.ts';
import { lockRefundedAction, type RefundedAction, toldBefore, writeRest } from './refunded-action.ts';
import { reinstate } from './reinstate.ts';
import { type AwardReversal, lockReversals, reversalPostings, writeReversals } from './reverse-awards.ts';
import { readTakeBackFacts } from './take-back-facts.ts';

/**
 * Takes back what a counted action earned: its points, first from the available balance (the member owes the
 * rest), and the achievements that no longer have enough behind them. A refund of a refund gives back. One
 * that was counted before, where it waited or where it was handed over, has its first outcome.
 * Refusals: `refund_of_unknown`, `already_refunded`, `refund_too_large`, `refund_in_part`, `unit_mismatch`.
 */
export async function takeBack(tx: Tx, policies: Policies, refund: SourceEvent): Promise<Outcome> {
  const action = await lockRefundedAction(tx, refund);
  if (action === null) return (await reinstate(tx, policies, refund)) ?? refusedOutcome(UNKNOWN);
  const told = await toldBefore(tx, refund);
  if (told !== null) return told;
  const rest = decideRest(action, refund.value);
  if (!rest.ok) return refusedOutcome(rest);
  const shift = await readRefundedAwards(tx, refund, action, rest.value);
  const facts = await readTakeBackFacts(tx, policies, refund, { action, shift });
  const { losses, lostAwards } = decideTakeBack(action, rest.value, facts);
  const reversals = await lockReversals(tx, refund, [...shift.lost, ...lostAwards]);
  const moves = [
    ...losses.map(({ posting, lost_minor }) => backMove(refund, posting, lost_minor)),
    ...reversals.flatMap(({ move }) => move ?? []),
  ];
  await writeRest(tx, refund.programId, action, rest.value);
  await writeTakeBack(tx, refund, moves, reversals);
  await moveAwards(tx, refund, shift.moved);
  const taken_minor = moves.reduce((sum_minor, { amount_minor }) => sum_minor - amount_minor, 0n);
  const achievements = reversals.map(({ achievement }) => achievement);
  return {
    decision: 'accepted',
    achievements: [],
    trace: { taken_minor: taken_minor.toString(), achievements, ...movedTrace(shift.moved) },
  };
}

/** What becomes of awards, by the policy in force, as a refund leaves so much of the action. */
async function readRefundedAwards(
  tx: Tx,
  refund: SourceEvent,
  action: RefundedAction,
  { whole, value }: ActionRest,
): Promise<AwardShift> {
  const { eventId, type, occurred_at_ms } = action;
  const acted = { ...refund, eventId, type, occurred_at_ms };
  const after = whole ? null : countedAs(action, value);
  return await readAwardShift(tx, acted, { before: countedOf(action), after });
}

const UNKNOWN = refuse(
  'refund_of_unknown',
  'No event that earned points has the key that this refund names.',
);

async function writeTakeBack(
  tx: Tx,
  refund: SourceEvent,
  moves: readonly PointMove[],
  reversals: readonly AwardReversal[],
): Promise<void> {
  const mover = moverOf(refund);
  await postMoves(tx, mover, moves, reversalPostings(refund, reversals));
  await writeMoves(tx, mover, [{ moves }]);
  await writeReversals(tx, refund, reversals);
}
