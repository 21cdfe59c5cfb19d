import type { Posting } from '../../domain/ledger/posting.ts';
import { grantPosting, reversePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { type OutboxMessage, tell } from '../events/outbox.ts';
import { postAffordable } from '../rewards/budget.ts';
import { moveLifetime } from './lifetime.ts';
import { type Mover, moveId, type PointMove } from './move.ts';
import { scoreMoves } from './score.ts';

/**
 * Posts the moves for which the budget has room, together with `others`. Returns the keys of the postings
 * that were made.
 */
export function postMoves(
  tx: Tx,
  { programId }: Mover,
  moves: readonly PointMove[],
  others: readonly Posting[] = [],
): Promise<ReadonlySet<string>> {
  return postAffordable(tx, programId, [...moves.map(postingOf), ...others]);
}

function postingOf(move: PointMove): Posting {
  const { key, unit, memberId, amount_minor, occurred_at_ms, expires_at_ms } = move;
  const common = { key, unit, memberId, occurred_at_ms };
  return amount_minor > 0n
    ? grantPosting({ ...common, amount_minor, held: false, lot_expires_at_ms: expires_at_ms })
    : reversePosting({ ...common, amount_minor: -amount_minor, held_minor: 0n, hold: null, reverses: null });
}

/**
 * Writes down moves that were posted: a row each, what is left of the postings that they take from, each
 * member's lifetime points and level, the messages of all that, and the scores of boards. The caller has
 * locked the members.
 */
export async function writeMoves(tx: Tx, mover: Mover, moves: readonly PointMove[]): Promise<void> {
  if (moves.length === 0) return;
  await insertMoves(tx, mover, moves);
  const levelMessages = await moveLifetime(tx, mover, moves);
  const messages = [...moves.map((move) => messageOf(mover, move)), ...levelMessages];
  await tell(tx, mover.programId, messages);
  await scoreMoves(tx, mover, moves);
}

async function insertMoves(tx: Tx, { programId }: Mover, moves: readonly PointMove[]): Promise<void> {
  const rows = moves.map((move) => ({
    ...move,
    id: moveId(programId, move.key),
    takesFrom: move.takesFrom ?? null,
  }));
  await tx.$executeRaw`
    WITH moved AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS m(
        id uuid, key text, "memberId" uuid, source text, "eventId" uuid, "ruleId" text, "policyVersion" int,
        unit text, amount_minor bigint, occurred_at_ms float8, expires_at_ms float8, trace jsonb,
        "takesFrom" uuid)
    ), taken AS (
      UPDATE point_postings p SET reversed_minor = p.reversed_minor - m.amount_minor
      FROM moved m WHERE p.program_id = ${programId}::uuid AND p.id = m."takesFrom"
    )
    INSERT INTO point_postings (program_id, id, key, member_id, source, event_id, rule_id, policy_version,
      unit, amount_minor, occurred_at, expires_at, trace)
    SELECT ${programId}::uuid, id, key, "memberId", source, "eventId", "ruleId", "policyVersion",
      unit, amount_minor, to_timestamp(occurred_at_ms / 1000), to_timestamp(expires_at_ms / 1000), trace
    FROM moved`;
}

/**
 * Goes to a member who gets points by what another did, as milestones may follow. The actor's workflow knows.
 */
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
      amount: toJson({ minor: amount_minor > 0n ? amount_minor : -amount_minor, unit }),
    },
  };
}
