import { blockedRefusal } from '../../domain/members/block.ts';
import { pointsRestored } from '../../domain/points/award.ts';
import { type ActionRest, countedAs, countedOf, restOf } from '../../domain/points/take-back.ts';
import { checkTakenBack } from '../../domain/referrals/reinstate.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { isBlocked } from '../../engine/members/blocked.ts';
import { againMove, moverOf, type PointMove } from '../../engine/points/move.ts';
import { readSource, type SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import { noBudget } from '../../engine/rewards/budget.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readAwardShift } from './award-shift.ts';
import { earnedMessage, soleAgain, storedAwards } from './awards.ts';
import { moveAwards, movedTrace } from './move-awards.ts';
import {
  countsEvent,
  lockRefundedAction,
  type RefundedAction,
  toldBefore,
  writeRest,
} from './refunded-action.ts';
import { readPostings } from './take-back-facts.ts';

/**
 * Gives back what a refund had taken, as it is taken back by this one: the action counts again for what the
 * other refunds leave of it. Its points come back, and what it earns achievements by is asked again. Null:
 * the member has no counted refund under that key. Refusals: those of `checkTakenBack`.
 */
export async function reinstate(tx: Tx, policies: Policies, refund: SourceEvent): Promise<Outcome | null> {
  const refundOf = await readTarget(tx, refund);
  const action = refundOf === null ? null : await lockRefundedAction(tx, { ...refund, refundOf });
  if (action === null) return null;
  const told = await toldBefore(tx, refund);
  if (told !== null) return told;
  const refunds = await readRefunds(tx, refund.programId, action.eventId);
  const named = refunds.find(({ key }) => key === refund.refundOf);
  if (named === undefined) return null;
  const taken =
    named.minor === null || action.value === null ? null : { ...action.value, minor: named.minor };
  const possible = checkTakenBack({ taken, isGone: named.isGone, refundValue: refund.value });
  if (!possible.ok) return refusedOutcome(possible);
  const standing = refunds.filter((it) => it !== named && !it.isGone);
  const left = restOf(
    action.value,
    standing.map(({ minor }) => minor),
  );
  const rest = { ...left, rates: action.rates };
  return await giveBack(tx, policies, refund, { action, rest });
}

async function giveBack(
  tx: Tx,
  policies: Policies,
  refund: SourceEvent,
  { action, rest }: { readonly action: RefundedAction; readonly rest: ActionRest },
): Promise<Outcome> {
  const { programId } = refund;
  const postings = await readPostings(tx, policies, programId, [action.eventId]);
  const again = postings.flatMap((posting): PointMove[] => {
    const restored_minor = pointsRestored(posting.award, posting, rest);
    return restored_minor === 0n ? [] : [againMove(refund, posting, restored_minor)];
  });
  const source = await readActed(tx, policies, refund, { action, rest });
  const isBack = action.whole && !rest.whole;
  const sole = isBack && source.points !== null ? await soleAgain(tx, source, source.points) : [];
  const counted = { before: countedOf(action), after: rest.whole ? null : countedAs(action, rest.value) };
  const shift = await readAwardShift(tx, source, counted);
  const awards = [...sole, ...shift.earned];
  const isOut = await isBlocked(tx, programId, refund.actor.id);
  const moves = [...again, ...(isOut ? [] : awards.flatMap(({ move }) => move ?? []))];
  const mover = moverOf(refund);
  const postedKeys = await postMoves(tx, mover, moves);
  await writeRest(tx, programId, action, rest);
  const messages = awards.map((award) => earnedMessage(source, award));
  await writeMoves(tx, mover, [{ moves: moves.filter(({ key }) => postedKeys.has(key)), messages }]);
  await moveAwards(tx, refund, shift.moved);
  const unpaid = isOut ? blockedRefusal : noBudget;
  await tx.$executeRaw`
    WITH ${storedAwards(programId, [{ source, awards, postedKeys, unpaid, decided_at_ms: null }])} SELECT`;
  const restored_minor = again
    .filter(({ key }) => postedKeys.has(key))
    .reduce((sum_minor, { amount_minor }) => sum_minor + amount_minor, 0n);
  return {
    decision: 'accepted',
    achievements: awards.map(({ rule }) => rule.id),
    trace: { restored_minor: restored_minor.toString(), ...movedTrace(shift.moved) },
  };
}

/** The action as if it happened now, worth what is left of it. */
async function readActed(
  tx: Tx,
  policies: Policies,
  { programId, programStatus, occurred_at_ms: now_ms }: SourceEvent,
  { action, rest }: { readonly action: RefundedAction; readonly rest: ActionRest },
): Promise<SourceEvent> {
  const source = await readSource(tx, policies, { programId, eventId: action.eventId, now_ms });
  if (source === null) throw new Error(`the action ${action.eventId} has no member`);
  return { ...source, programStatus, value: rest.value };
}

/** SQL over an event: whether it was counted for points, by its own decision or by what stands for it. */
const isCounted = (event: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM events c WHERE ${countsEvent(event)} AND c.outcome->>'decision' = 'accepted')`;

/** What the refund that another refund names takes back; null: it names no refund. */
async function readTarget(tx: Tx, { programId, refundOf: key }: SourceEvent): Promise<string | null> {
  const where = { programId, key: key ?? '', type: 'refund' };
  return (await tx.event.findFirst({ where, select: { refundOf: true } }))?.refundOf ?? null;
}

interface CountedRefund {
  readonly key: string;
  /** Null: it took all that was left. */
  readonly minor: bigint | null;
  /** Whether another refund took it back. */
  readonly isGone: boolean;
}

/** The refunds of an action that were counted. Read under the lock of its member. */
const readRefunds = (tx: Tx, programId: string, eventId: string): Promise<CountedRefund[]> =>
  tx.$queryRaw<CountedRefund[]>`
    SELECT f.key, f.value_minor AS minor, EXISTS (
      SELECT FROM events u
      WHERE u.program_id = f.program_id AND u.refund_of = f.key AND ${isCounted(Prisma.sql`u`)}) AS "isGone"
    FROM events t
    JOIN events f ON f.program_id = t.program_id AND f.refund_of = t.key AND ${isCounted(Prisma.sql`f`)}
    WHERE t.program_id = ${programId}::uuid AND t.id = ${eventId}::uuid`;
