import type { Posting } from '../../domain/ledger/posting.ts';
import { grantPosting, reversePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import { type MemberLevelChange, moveLifetimes } from '../../domain/points/lifetime.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { type OutboxMessage, tell, toldMessages } from '../events/outbox.ts';
import { postAffordable, postTogether } from '../rewards/budget.ts';
import { levelMessage, readLifetimes, writtenLifetimes } from './lifetime.ts';
import { type Mover, moveId, type PointMove } from './move.ts';
import { scoreMoves } from './score.ts';

/**
 * Posts the moves for which the budget has room, together with `others`. Returns the keys of the postings
 * that were made.
 */
export async function postMoves(
  tx: Tx,
  mover: Mover,
  moves: readonly PointMove[],
  others: readonly Posting[] = [],
): Promise<ReadonlySet<string>> {
  return await postAffordable(tx, mover.programId, [...(await postingsOf(tx, mover, moves)), ...others]);
}

/** Posts the moves of several events, or none of them where the budget has no room for all. */
export const postMovesTogether = async (
  tx: Tx,
  mover: Mover,
  moves: readonly PointMove[],
): Promise<boolean> => await postTogether(tx, mover.programId, await postingsOf(tx, mover, moves));

/** The postings of moves; those that take from another, or give back to it, name the grant that it was. */
async function postingsOf(
  tx: Tx,
  { programId }: Mover,
  moves: readonly PointMove[],
): Promise<readonly Posting[]> {
  const keys = new Map(moves.map(({ key }) => [moveId(programId, key), key]));
  const before = moves.flatMap(({ takesFrom }) =>
    takesFrom === undefined || keys.has(takesFrom) ? [] : [takesFrom],
  );
  const where = { programId, id: { in: before } };
  const rows =
    before.length === 0 ? [] : await tx.pointPosting.findMany({ where, select: { id: true, key: true } });
  for (const { id, key } of rows) keys.set(id, key);
  return moves.map((move) => postingOf(move, keys.get(move.takesFrom ?? '') ?? null));
}

function postingOf(move: PointMove, origin: string | null): Posting {
  const { key, unit, memberId, amount_minor, occurred_at_ms, expires_at_ms } = move;
  const common = { key, unit, memberId, occurred_at_ms };
  if (amount_minor < 0n) {
    const back = { amount_minor: -amount_minor, held_minor: 0n, origin, endsHold: false, isWhole: false };
    return reversePosting({ ...common, ...back });
  }
  return grantPosting({ ...common, amount_minor, origin, held: false, lot_expires_at_ms: expires_at_ms });
}

/** What one event moved, in the order in which its moves were decided. */
export interface MoveStep {
  readonly moves: readonly PointMove[];
  /** Told after what the moves tell. */
  readonly messages?: readonly OutboxMessage[];
  /** When it was decided, in milliseconds since 1970; left out: when the transaction began. */
  readonly decided_at_ms?: number;
}

/**
 * Writes down moves that were posted, of one event or of several in their order: a row each, what is left of
 * the postings that they take from, each member's lifetime points and level after each event, the messages of
 * all that, and the scores of boards. The caller has locked the members.
 */
export async function writeMoves(tx: Tx, mover: Mover, steps: readonly MoveStep[]): Promise<void> {
  const { programId, policyVersion } = mover;
  const moves = steps.flatMap((step) => step.moves);
  if (moves.length === 0) {
    await tell(
      tx,
      programId,
      steps.flatMap((step) => step.messages ?? []),
    );
    return;
  }
  const { points, changes, messages } = await foldSteps(tx, mover, steps);
  await tx.$executeRaw`
    WITH ${movedRows(programId, steps)}, ${writtenLifetimes(programId, policyVersion, points, changes)},
    ${toldMessages(programId, messages)} SELECT`;
  await scoreMoves(tx, mover, moves);
}

/** Lifetime points after the last step, the changes of level on the way, and all messages in their order. */
async function foldSteps(tx: Tx, mover: Mover, steps: readonly MoveStep[]) {
  const memberIds = steps.flatMap(({ moves }) => moves.map(({ memberId }) => memberId));
  const before = await readLifetimes(tx, mover.programId, memberIds);
  let lifetimes = before;
  const changes: MemberLevelChange[] = [];
  const messages: OutboxMessage[] = [];
  for (const { moves, messages: others = [] } of steps) {
    const moved = moveLifetimes(lifetimes, mover, moves);
    lifetimes = moved.lifetimes;
    changes.push(...moved.changes);
    messages.push(
      ...moves.map((move) => messageOf(mover, move)),
      ...moved.changes.map(levelMessage),
      ...others,
    );
  }
  const points = [...lifetimes].filter(([key, it]) => before.get(key) !== it).map(([, it]) => it);
  return { points, changes, messages };
}

/**
 * The common table expressions that insert a row for each move, and note on the postings that moves take
 * from, here or before, what is left of them.
 */
function movedRows(programId: string, steps: readonly MoveStep[]): Prisma.Sql {
  const rows = steps.flatMap(({ moves, decided_at_ms = null }) =>
    moves.map((move) => ({
      ...move,
      id: moveId(programId, move.key),
      takesFrom: move.takesFrom ?? null,
      decided_at_ms,
    })),
  );
  return Prisma.sql`
    moved AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS m(
        id uuid, key text, "memberId" uuid, source text, "eventId" uuid, "ruleId" text, "policyVersion" int,
        unit text, amount_minor bigint, occurred_at_ms float8, expires_at_ms float8, trace jsonb,
        "takesFrom" uuid, decided_at_ms float8)
    ), taken AS (
      UPDATE point_postings p SET reversed_minor = p.reversed_minor - m.amount_minor
      FROM moved m WHERE p.program_id = ${programId}::uuid AND p.id = m."takesFrom"
    ), posted AS (
      INSERT INTO point_postings (program_id, id, key, member_id, source, event_id, rule_id, policy_version,
        unit, amount_minor, reversed_minor, occurred_at, expires_at, trace, created_at)
      SELECT ${programId}::uuid, id, key, "memberId", source, "eventId", "ruleId", "policyVersion",
        unit, amount_minor,
        coalesce((SELECT -sum(t.amount_minor) FROM moved t WHERE t."takesFrom" = m.id), 0),
        to_timestamp(occurred_at_ms / 1000), to_timestamp(expires_at_ms / 1000), trace,
        coalesce(to_timestamp(decided_at_ms / 1000), now())
      FROM moved m
    )`;
}

/**
 * Goes to a member who gets points by what another did, as milestones may follow. The actor's own are looked
 * at with the action.
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
