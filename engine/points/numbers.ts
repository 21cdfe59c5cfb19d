import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import {
  ACTION_KEY,
  MOVED_COLUMNS,
  MOVED_EVENT,
  type MovedAction,
  type MovedRow,
  movedOf,
  seenBefore,
} from './moved.ts';
import type { SourceEvent } from './source.ts';

/** A member's actions of one type, as SQL names it. */
interface ActionsOf {
  readonly programId: string;
  readonly memberId: string;
  readonly type: Prisma.Sql;
}

const among = ({ programId, memberId, type }: ActionsOf) => Prisma.sql`
  a.program_id = ${programId}::uuid AND a.member_id = ${memberId}::uuid AND a.type = ${type}`;

/** SQL over an event `f` and an action `a`: whether that happened after it; at one moment the key decides. */
const isLater = (of: ActionsOf) => Prisma.sql`
  ${among(of)} AND a.occurred_at >= f.occurred_at
  AND (a.occurred_at > f.occurred_at OR ${ACTION_KEY} > f.key)`;

/** SQL over an event `f`: whether a counted action happened after it. */
export const hasLater = (of: ActionsOf): Prisma.Sql => Prisma.sql`
  EXISTS (SELECT FROM member_actions a WHERE ${isLater(of)})`;

/** SQL over an event `f`: how many counted actions happened before it, those that were refunded too. */
export const earlierActions = (of: ActionsOf): Prisma.Sql => Prisma.sql`(
  SELECT count(*)::int FROM member_actions a
  WHERE ${among(of)} AND a.occurred_at <= f.occurred_at
    AND (a.occurred_at < f.occurred_at OR ${ACTION_KEY} < f.key))`;

/**
 * The counted actions after an event of their type whose rules were asked by another number than they have
 * with it, the earliest first, at most so many. An action of before numbers were noted is taken to have been
 * asked by the number that it had without the event, and by the version in force. What went with its month
 * keeps its number, and its properties are not known any more.
 */
export async function readMoved(
  tx: Tx,
  policies: Policies,
  source: SourceEvent,
  max: number,
): Promise<MovedAction[]> {
  const { programId, eventId, actor, type } = source;
  const of = { programId, memberId: actor.id, type: Prisma.sql`${type}` };
  const rows = await tx.$queryRaw<(MovedRow & { readonly before: number; readonly now: number })[]>`
    SELECT ${MOVED_COLUMNS}, coalesce(a.number, a.now - 1)::int AS before, a.now
    FROM (
      SELECT a.*, (${earlierActions(of)} + 1
        + row_number() OVER (ORDER BY a.occurred_at, ${ACTION_KEY}, a.event_id))::int AS now
      FROM events f JOIN member_actions a ON ${isLater(of)}
      WHERE f.program_id = ${programId}::uuid AND f.id = ${eventId}::uuid) a
    ${MOVED_EVENT}
    WHERE a.number IS DISTINCT FROM a.now
    ORDER BY a.now LIMIT ${max}`;
  const moved: MovedAction[] = [];
  for (const row of rows) {
    const seen = seenBefore(row, source);
    const numbers = { before: { ...seen, number: row.before }, now: { ...seen, number: row.now } };
    moved.push(await movedOf(tx, policies, source, row, { ...numbers, mark: `${row.now}` }));
  }
  return moved;
}
