import { decideRest, decideTakeBack } from '../../domain/points/take-back.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { backMove, moverOf, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockRefundedAction, writeRest } from './refunded-action.ts';
import { reinstate } from './reinstate.ts';
import { type AwardReversal, lockReversals, reversalPostings, writeReversals } from './reverse-awards.ts';
import { readTakeBackFacts } from './take-back-facts.ts';

/** Takes a refund back once: one that was counted before has its first outcome. */
export async function takeBackOnce(tx: Tx, policies: Policies, refund: SourceEvent): Promise<Outcome> {
  return (await toldBefore(tx, refund)) ?? (await takeBack(tx, policies, refund));
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

/**
 * Takes back what a counted action earned: its points, first from the available balance (the member owes the
 * rest), and the achievements that no longer have enough behind them. A refund of a refund gives back.
 * Refusals: `refund_of_unknown`, `already_refunded`, `refund_too_large`, `refund_in_part`, `unit_mismatch`.
 */
async function takeBack(tx: Tx, policies: Policies, refund: SourceEvent): Promise<Outcome> {
  const action = await lockRefundedAction(tx, refund);
  if (action === null) return (await reinstate(tx, policies, refund)) ?? refusedOutcome(UNKNOWN);
  const rest = decideRest(action, refund.value);
  if (!rest.ok) return refusedOutcome(rest);
  const facts = await readTakeBackFacts(tx, policies, refund, action);
  const { losses, lostAwards } = decideTakeBack(action, rest.value, facts);
  const reversals = await lockReversals(tx, refund, lostAwards);
  const moves = [
    ...losses.map(({ posting, lost_minor }) => backMove(refund, posting, lost_minor)),
    ...reversals.flatMap(({ move }) => move ?? []),
  ];
  await writeRest(tx, refund.programId, action, rest.value);
  await writeTakeBack(tx, refund, moves, reversals);
  const taken_minor = moves.reduce((sum_minor, { amount_minor }) => sum_minor - amount_minor, 0n);
  const achievements = reversals.map(({ achievement }) => achievement);
  return {
    decision: 'accepted',
    achievements: [],
    trace: { taken_minor: taken_minor.toString(), achievements },
  };
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
