import type { Money } from '../../domain/money.ts';
import { pointsLost } from '../../domain/points/award.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { backMove, type Mover, type PointMove } from '../../engine/points/move.ts';
import { lockMembers, type SourceEvent } from '../../engine/points/source.ts';
import { postMoves, writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { type FallenAward, fallenAwards, rewardPostings, writeFallen } from './fallen.ts';

/** A counted action that a refund is about. */
interface Counted {
  readonly eventId: string;
  readonly type: string;
  readonly occurred_at_ms: number;
  readonly value: Money | null;
  readonly refunded_minor: bigint;
  readonly whole: boolean;
}

/** What a refund leaves of an action; value: net of all refunds, this one included. */
interface Left {
  readonly whole: boolean;
  readonly value: Money | null;
}

/**
 * Takes back what a counted action had brought: its points, from what is available first, and what that lacks is owed; and the
 * achievements that no longer rest on enough. Once: a second refund of the same whole is refused with `already_refunded`. Other
 * refusals: `refund_of_unknown`, `refund_too_large`, `unit_mismatch`.
 */
export async function takeBack(tx: Tx, policies: Policies, refund: SourceEvent): Promise<Outcome> {
  const { programId, actor } = refund;
  const targetId = await targetOf(tx, refund);
  if (targetId === null) return refusedOutcome(UNKNOWN);
  const recipients = await tx.pointPosting.findMany({
    where: { programId, eventId: targetId },
    select: { memberId: true },
  });
  await lockMembers(tx, programId, [actor.id, ...recipients.map(({ memberId }) => memberId)]);
  const counted = await readCounted(tx, programId, targetId);
  if (counted === null) return refusedOutcome(UNKNOWN);
  const left = leaves(refund, counted);
  if (!left.ok) return refusedOutcome(left);
  await shrink(tx, programId, counted, left.value);
  const fallen = await fallenAwards(tx, policies, refund, counted);
  const moves = [
    ...(await movesBack(tx, policies, refund, counted, left.value)),
    ...fallen.flatMap(({ move }) => (move === null ? [] : [move])),
  ];
  await write(tx, refund, moves, fallen);
  const taken = moves.reduce((sum, { amount_minor }) => sum - amount_minor, 0n);
  return {
    decision: 'accepted',
    achievements: [],
    trace: { taken_minor: taken.toString(), achievements: fallen.map(({ achievement }) => achievement) },
  };
}

const UNKNOWN = refuse('refund_of_unknown', 'There is no counted event with the key that is to be refunded.');

async function targetOf(tx: Tx, { programId, refundOf, actor }: SourceEvent): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ event_id: string }[]>`
    SELECT a.event_id::text FROM events t
    JOIN member_actions a ON a.program_id = t.program_id AND a.event_id = t.id AND a.member_id = ${actor.id}::uuid
    WHERE t.program_id = ${programId}::uuid AND t.key = ${refundOf} AND t.type <> 'signup'`;
  return row?.event_id ?? null;
}

async function readCounted(tx: Tx, programId: string, eventId: string): Promise<Counted | null> {
  const row = await tx.memberAction.findUnique({ where: { programId_eventId: { programId, eventId } } });
  if (row === null) return null;
  return {
    eventId,
    type: row.type,
    occurred_at_ms: row.occurredAt.getTime(),
    value: row.valueMinor === null || row.unit === null ? null : { minor: row.valueMinor, unit: row.unit },
    refunded_minor: row.refundedMinor,
    whole: row.refundedAt !== null,
  };
}

/** What of the action is left after the refund. A refund that names no value takes all that is left. */
function leaves({ value: refunded }: SourceEvent, counted: Counted): Result<Left> {
  const { value, refunded_minor, whole } = counted;
  if (whole) return refuse('already_refunded', 'The event has been refunded before.');
  if (refunded === null || value === null) return ok({ whole: true, value: null });
  if (refunded.unit !== value.unit) {
    return refuse(
      'unit_mismatch',
      `The event is worth ${value.unit}, and the refund names ${refunded.unit}.`,
    );
  }
  const left_minor = value.minor - refunded_minor - refunded.minor;
  if (left_minor < 0n) return refuse('refund_too_large', 'The refund is more than is left of the event.');
  return ok({ whole: left_minor === 0n, value: { minor: left_minor, unit: value.unit } });
}

async function shrink(tx: Tx, programId: string, { eventId, value }: Counted, left: Left): Promise<void> {
  const left_minor = left.whole ? 0n : (left.value?.minor ?? 0n);
  await tx.memberAction.update({
    where: { programId_eventId: { programId, eventId } },
    data: {
      refundedMinor: value === null ? 0n : value.minor - left_minor,
      ...(left.whole && { refundedAt: new Date() }),
    },
    select: { eventId: true },
  });
}

/** A move for each posting by a rule that the refund leaves less of. */
async function movesBack(
  tx: Tx,
  policies: Policies,
  refund: SourceEvent,
  { eventId }: Counted,
  left: Left,
): Promise<PointMove[]> {
  const { programId } = refund;
  const postings = await tx.pointPosting.findMany({
    where: { programId, eventId, source: 'rule' },
    orderBy: { id: 'asc' },
  });
  const moves: PointMove[] = [];
  for (const { id, memberId, ruleId, policyVersion, unit, amountMinor, reversedMinor } of postings) {
    const policy = policyVersion === null ? null : await policies.load(tx, programId, policyVersion);
    const award = policy?.points?.rules.find((rule) => rule.id === ruleId)?.award ?? null;
    const lost = pointsLost(award, { amount_minor: amountMinor, reversed_minor: reversedMinor }, left);
    if (lost > 0n) moves.push(backMove(refund, { id, memberId, ruleId, policyVersion, unit }, lost));
  }
  return moves;
}

async function write(
  tx: Tx,
  refund: SourceEvent,
  moves: readonly PointMove[],
  fallen: readonly FallenAward[],
): Promise<void> {
  const { programId, points, policyVersion } = refund;
  const mover: Mover = {
    programId,
    unit: points?.unit ?? null,
    levels: points?.levels ?? [],
    actorId: refund.actor.id,
    policyVersion,
  };
  await postMoves(tx, mover, moves, rewardPostings(refund, fallen));
  await writeMoves(tx, mover, moves);
  await writeFallen(tx, refund, fallen);
}
