import { grantPosting, type Posting, reversePosting } from '../../domain/ledger/postings.ts';
import { levelChange } from '../../domain/points/levels.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { type OutboxMessage, tell } from '../events/outbox.ts';
import { postAffordable } from '../rewards/budget.ts';
import { type Mover, moveId, type PointMove } from './move.ts';
import { scoreMoves } from './score.ts';

function postingOf(move: PointMove): Posting {
  const { key, unit, memberId, amount_minor, occurred_at_ms } = move;
  const common = { key, unit, memberId, occurred_at_ms };
  if (amount_minor > 0n) {
    return grantPosting({ ...common, amount_minor, held: false, lot_expires_at_ms: move.expires_at_ms });
  }
  return reversePosting({
    ...common,
    amount_minor: -amount_minor,
    held_minor: 0n,
    hold: null,
    reverses: null,
  });
}

/** Posts the moves for which the budget has room, together with `others`, and gives the keys of those posted. */
export function postMoves(
  tx: Tx,
  { programId }: Mover,
  moves: readonly PointMove[],
  others: readonly Posting[] = [],
): Promise<ReadonlySet<string>> {
  return postAffordable(tx, programId, [...moves.map(postingOf), ...others]);
}

/**
 * Writes down moves that were posted: a row each, what is left of those they take from, each member's lifetime points, and the
 * changes of level that follow, with the messages of both, and the scores of boards. The caller has locked the members.
 */
export async function writeMoves(tx: Tx, mover: Mover, moves: readonly PointMove[]): Promise<void> {
  if (moves.length === 0) return;
  const rows = moves.map((move) => ({
    ...move,
    id: moveId(mover.programId, move.key),
    takesFrom: move.takesFrom ?? null,
  }));
  await tx.$executeRaw`
    WITH moved AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS m(
        id uuid, key text, "memberId" uuid, source text, "eventId" uuid, "ruleId" text, "policyVersion" int, unit text, amount_minor bigint,
        occurred_at_ms float8, expires_at_ms float8, trace jsonb, "takesFrom" uuid)
    ), taken AS (
      UPDATE point_postings p SET reversed_minor = p.reversed_minor - m.amount_minor
      FROM moved m WHERE p.program_id = ${mover.programId}::uuid AND p.id = m."takesFrom"
    )
    INSERT INTO point_postings (program_id, id, key, member_id, source, event_id, rule_id, policy_version, unit, amount_minor, occurred_at, expires_at, trace)
    SELECT ${mover.programId}::uuid, id, key, "memberId", source, "eventId", "ruleId", "policyVersion", unit, amount_minor,
           to_timestamp(occurred_at_ms / 1000), to_timestamp(expires_at_ms / 1000), trace
    FROM moved`;
  const messages: OutboxMessage[] = moves.map((move) => messageOf(mover, move));
  for (const sum of sumsOf(moves)) messages.push(...(await moveLifetime(tx, mover, sum)));
  await tell(tx, mover.programId, messages);
  await scoreMoves(tx, mover, moves);
}

interface Sum {
  readonly memberId: string;
  readonly unit: string;
  readonly by_minor: bigint;
}

/** What each member gets or loses in all, in one order, as rows are locked in it. */
function sumsOf(moves: readonly PointMove[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const { memberId, unit, amount_minor } of moves) {
    const name = `${memberId}:${unit}`;
    sums.set(name, { memberId, unit, by_minor: (sums.get(name)?.by_minor ?? 0n) + amount_minor });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** Whoever gets points by what somebody else did is told, as milestones may follow; who acted is at it already. */
function messageOf({ programId, actorId }: Mover, move: PointMove): OutboxMessage {
  const { key, memberId, source, ruleId, eventId, unit, amount_minor } = move;
  return {
    key: `points.moved:${key}`,
    subject: `member:${memberId}`,
    members: memberId === actorId ? [] : [memberId],
    type: amount_minor > 0n ? 'points.earned' : 'points.taken',
    payload: {
      postingId: moveId(programId, key),
      memberId,
      source,
      ruleId,
      eventId,
      unit,
      amountMinor: amount_minor,
    },
  };
}

async function moveLifetime(
  tx: Tx,
  mover: Mover,
  { memberId, unit, by_minor }: Sum,
): Promise<OutboxMessage[]> {
  const { programId, levels, policyVersion } = mover;
  const [points] = await tx.$queryRaw<
    { lifetime_minor: bigint; level_id: string | null; level_changes: number }[]
  >`
    INSERT INTO member_points AS p (program_id, member_id, unit, lifetime_minor)
    VALUES (${programId}::uuid, ${memberId}::uuid, ${unit}, greatest(0, ${by_minor}::bigint))
    ON CONFLICT (program_id, member_id, unit) DO UPDATE SET
      lifetime_minor = greatest(0, p.lifetime_minor + ${by_minor}::bigint), updated_at = now()
    RETURNING lifetime_minor, level_id, level_changes`;
  if (points === undefined) throw new Error(`the points of ${memberId} were not written`);
  // Points of a unit that the policy has given up have no levels any more.
  const change = unit === mover.unit ? levelChange(levels, points.level_id, points.lifetime_minor) : null;
  if (change === null) return [];
  const number = points.level_changes + 1;
  const lifetimeMinor = points.lifetime_minor;
  await tx.memberPoints.update({
    where: { programId_memberId_unit: { programId, memberId, unit } },
    data: { levelId: change.to, levelChanges: number },
    select: { memberId: true },
  });
  await tx.levelChange.create({
    data: {
      programId,
      memberId,
      unit,
      number,
      fromLevel: change.from,
      toLevel: change.to,
      lifetimeMinor,
      policyVersion,
    },
    select: { number: true },
  });
  return [
    {
      key: `level:${memberId}:${unit}:${number}`,
      subject: `member:${memberId}`,
      members: [memberId],
      type: `level.${change.kind}`,
      payload: { memberId, unit, from: change.from, to: change.to, passed: change.passed, lifetimeMinor },
    },
  ];
}
