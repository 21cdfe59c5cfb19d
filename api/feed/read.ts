import type pg from 'pg';
import type { FeedPosition } from '../../domain/feed/position.ts';
import { parseSnapshot, type Snapshot, snapshotText } from '../../domain/feed/snapshot.ts';
import { type Message, parseMessage } from '../../domain/messages.ts';
import type { KnownMember } from '../../domain/webhooks/envelope.ts';
import { KNOWN_MEMBERS } from '../../engine/webhooks/known-members.ts';

/** Messages that are read at a time. */
const PAGE = 500;

/** A message of the outbox, as feeds show it. */
export interface FeedRow {
  readonly id: bigint;
  readonly xid: bigint;
  readonly at: Date;
  readonly message: Message;
  /** The members whom it concerns, with the host's ids. */
  readonly members: readonly KnownMember[];
}

/** Messages in order, and how far they reach. */
export interface FeedPage {
  readonly rows: readonly FeedRow[];
  /** What the rows are part of: all that this moment saw beyond the position. */
  readonly upTo: Snapshot;
  /** Where to read on. */
  readonly next: FeedPosition;
  /** Nothing was left when it was read. */
  readonly isLast: boolean;
  /** What the database sees now: a cursor beyond it is another database's. */
  readonly now: Snapshot;
}

/*
 * Ids alone, from the index by transaction: `+ 0` keeps the planner from walking all of the program's ids in
 * order instead, which would look at everything that was read long ago.
 */
const READ = `
WITH target AS MATERIALIZED (
  SELECT pg_current_snapshot() AS now, coalesce($3::pg_snapshot, pg_current_snapshot()) AS up_to
), page AS MATERIALIZED (
  SELECT o.id FROM outbox o, target t
  WHERE o.program_id = $1 AND o.xid >= pg_snapshot_xmin($2::pg_snapshot)
    AND o.xid < pg_snapshot_xmax(t.up_to) AND o.id > $4::bigint AND o.type <> 'webhook.ping'
    AND NOT pg_visible_in_snapshot(o.xid, $2::pg_snapshot) AND pg_visible_in_snapshot(o.xid, t.up_to)
  ORDER BY o.id + 0 LIMIT ${PAGE}
)
SELECT t.now::text, t.up_to::text AS "upTo", o.id::text, o.xid::text, o.created_at AS at, o.key, o.subject,
  o.members::text[], o.type, o.payload, ${KNOWN_MEMBERS.sql} AS "knownMembers"
FROM target t LEFT JOIN (page JOIN outbox o USING (id)) ON true
ORDER BY o.id`;

/** A row of the answer; it has nulls from `id` on when there is no message. */
interface StoredRow {
  readonly now: string;
  readonly upTo: string;
  readonly id: string | null;
  readonly xid: string;
  readonly at: Date;
  readonly key: string;
  readonly subject: string;
  readonly members: readonly string[];
  readonly type: string;
  readonly payload: unknown;
  readonly knownMembers: readonly KnownMember[];
}

/** Reads what lies after a position of a program's feed, one page of it. */
export async function readFeed(pool: pg.Pool, programId: string, position: FeedPosition): Promise<FeedPage> {
  const { seen, part } = position;
  const values = [programId, snapshotText(seen), part && snapshotText(part.upTo), String(part?.id ?? 0)];
  const { rows: stored } = await pool.query<StoredRow>({ name: 'feed', text: READ, values });
  const [now, upTo] = [momentOf(stored[0]?.now), momentOf(stored[0]?.upTo)];
  const found = stored.filter(({ id }) => id !== null);
  const last = found.at(-1);
  const isFull = found.length === PAGE && last !== undefined;
  const next = isFull ? { seen, part: { upTo, id: BigInt(last.id ?? 0) } } : { seen: upTo, part: null };
  // A part that was begun is finished first; what came since is another.
  return { rows: found.flatMap(rowOf), upTo, next, now, isLast: !isFull && part === null };
}

/** Where a feed begins that begins now. */
export async function endOfFeed(pool: pg.Pool): Promise<FeedPosition> {
  const { rows } = await pool.query<{ now: string }>('SELECT pg_current_snapshot()::text AS now');
  return { seen: momentOf(rows[0]?.now), part: null };
}

function momentOf(text = ''): Snapshot {
  const moment = parseSnapshot(text);
  if (moment === null) throw new Error('the database gave no snapshot');
  return moment;
}

/** A message that cannot be read any more is left out, as webhooks leave it out. */
function rowOf({ id, xid, at, knownMembers, key, subject, members, type, payload }: StoredRow): FeedRow[] {
  const message = parseMessage({ key, subject, members, type, payload });
  return message === null
    ? []
    : [{ id: BigInt(id ?? 0), xid: BigInt(xid), at, message, members: knownMembers }];
}
