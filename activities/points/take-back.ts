import { type ActionRest, decideRest, decideTakeBack } from '../../domain/points/take-back.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { backMove, moverOf, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockRefundedAction, type RefundedAction } from './refunded-action.ts';
import { type AwardReversal, lockReversals, reversalPostings, writeReversals } from './reverse-awards.ts';
import { readTakeBackFacts } from './take-back-facts.ts';

/**
 * Takes back what a counted action earned: its points, first from the available balance (the member owes the
 * rest), and the achievements that no longer have enough behind them. Refusals: `refund_of_unknown`,
 * `already_refunded`, `refund_too_large`, `unit_mismatch`.
 */
export async function takeBack(tx: Tx, policies: Policies, refund: SourceEvent): Promise<Outcome> {
  const action = await lockRefundedAction(tx, refund);
  if (action === null) return refusedOutcome(UNKNOWN);
  const rest = decideRest(action, refund.value);
  if (!rest.ok) return refusedOutcome(rest);
  const facts = await readTakeBackFacts(tx, policies, refund, action);
  const { losses, lostAwards } = decideTakeBack(action, rest.value, facts);
  const reversals = await lockReversals(tx, refund, lostAwards);
  const moves = [
    ...losses.map(({ posting, lost_minor }) => backMove(refund, posting, lost_minor)),
    ...reversals.flatMap(({ move }) => move ?? []),
  ];
  await writeAction(tx, refund, action, rest.value);
  await writeTakeBack(tx, refund, moves, reversals);
  const taken_minor = moves.reduce((sum_minor, { amount_minor }) => sum_minor - amount_minor, 0n);
  const achievements = reversals.map(({ achievement }) => achievement);
  return {
    decision: 'accepted',
    achievements: [],
    trace: { taken_minor: taken_minor.toString(), achievements },
  };
}

const UNKNOWN = refuse('refund_of_unknown', 'There is no counted event with the key that is to be refunded.');

/** Writes what is left of the action, so that it counts for no more from now on. */
async function writeAction(
  tx: Tx,
  { programId }: SourceEvent,
  { eventId, value }: RefundedAction,
  { whole, value: rest }: ActionRest,
): Promise<void> {
  const left_minor = whole ? 0n : (rest?.minor ?? 0n);
  await tx.memberAction.update({
    where: { programId_eventId: { programId, eventId } },
    data: {
      refundedMinor: value === null ? 0n : value.minor - left_minor,
      ...(whole && { refundedAt: new Date() }),
    },
    select: { eventId: true },
  });
}

async function writeTakeBack(
  tx: Tx,
  refund: SourceEvent,
  moves: readonly PointMove[],
  reversals: readonly AwardReversal[],
): Promise<void> {
  const mover = moverOf(refund);
  await postMoves(tx, mover, moves, reversalPostings(refund, reversals));
  await writeMoves(tx, mover, moves);
  await writeReversals(tx, refund, reversals);
}
