import { moveId } from '../../engine/points/move.ts';
import type { Database } from '../../prisma/client.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A row's JSON, and what says its place among the others; rows of one place are in no order. */
interface Row {
  readonly row: string;
  readonly place: string;
}

/**
 * All that counting actions writes, by table, for comparing two programs in which the same happened.
 *
 * What may differ is left out or named alike: ids that are drawn (of the program, its events, and what is
 * named after them), clocks (the order in time of postings, awards and rewards stays), the shard of a budget
 * and what it had left. An achievement grants credit, a badge or a perk in a step of its own: that comes
 * after the points of the whole group, in the same order, so it is compared apart from them.
 */
export async function pointsTables(db: Database, programId: string): Promise<Record<string, unknown[]>> {
  const names = await namesOf(db, programId);
  const named = (text: string): string => {
    let plain = text;
    // A name may hold the id of what it is named after.
    for (let depth = 0; depth < 4; depth++) plain = plain.replace(UUID, (id) => names.get(id) ?? id);
    return plain;
  };
  const tables: Record<string, unknown[]> = {};
  for (const [table, select] of Object.entries(SELECTS)) {
    const rows = await db.$queryRawUnsafe<Row[]>(select, programId);
    const placed = rows.map(({ row, place }) => ({ row: named(row), place }));
    placed.sort((a, b) => compare(a.place, b.place) || compare(a.row, b.row));
    tables[table] = placed.map(({ row }) => JSON.parse(row));
  }
  return tables;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** By id: what it is the id of, in words that are the same in every program. */
async function namesOf(db: Database, programId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db.$queryRaw<{ id: string; name: string }[]>`
    SELECT id::text, 'event ' || key AS name FROM events WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, 'member ' || external_id FROM members WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, 'posting ' || key FROM point_postings WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, 'reward ' || key FROM rewards WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, concat_ws(' ', 'award', achievement, number, member_id)
      FROM achievement_awards WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, 'referral' FROM referrals WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, 'board ' || name FROM boards WHERE program_id = ${programId}::uuid
    UNION ALL SELECT id::text, 'rate ' || from_unit FROM rates WHERE program_id = ${programId}::uuid
    UNION ALL SELECT ${programId}, 'program'`;
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  for (const { id, name } of rows.filter((row) => row.name.startsWith('award '))) {
    // A message names the posting of an award's points also where there was no budget for it.
    const key = `points:achievement:${id}`;
    names.set(moveId(programId, key), `posting points:achievement:${name}`);
  }
  return names;
}

/** A select of rows without the columns that may differ. */
const select = (from: string, place: string, ...without: string[]) => `
  SELECT (to_jsonb(t) - '{${['program_id', 'id', 'created_at', ...without].join()}}'::text[])::text AS row,
    ${place} AS place FROM ${from} t WHERE t.program_id = $1::uuid`;

const inOrderOf = (column: string) => `to_char(${column}, 'YYYYMMDDHH24MISSMS')`;
const byNumber = (column: string) => `lpad(${column}::text, 20, '0')`;

/**
 * The same where rows that `isApart` come last: what an achievement grants in a step of its own. What one
 * refund takes back is in one place, as its order follows from ids.
 */
function byNumberApart(column: string, key: string, isApart: string): string {
  const refund = `substring(${key} FROM 'points:(?:back|again):[^:]+')`;
  const first = `min(${column}) OVER (PARTITION BY ${refund})`;
  const number = `CASE WHEN ${refund} IS NULL THEN ${column} ELSE ${first} END`;
  return `(CASE WHEN ${isApart} THEN 'later' ELSE '' END || lpad((${number})::text, 20, '0'))`;
}

/** A balance without the shard of its budget. */
const LABEL = `regexp_replace(b.label, ':budget:[0-9]+$', ':budget')`;

const SELECTS: Readonly<Record<string, string>> = {
  actions: select('member_actions', '(t.refunded_at IS NULL)::text', 'counted_at', 'refunded_at'),
  postings: select('point_postings', inOrderOf('t.created_at')),
  points: select('member_points', `''`, 'updated_at'),
  levels: select('level_changes', byNumber('t.number')),
  awards: select('achievement_awards', inOrderOf('t.created_at')),
  rewards: select('rewards', inOrderOf('t.created_at')),
  events: select(
    // Not what referrals decide, which counting leaves alone.
    `(SELECT * FROM events WHERE workflow_id IS NULL OR workflow_id LIKE 'member-%')`,
    byNumberApart('t.seq', 't.key', `t.payload->>'message' LIKE 'reward.granted:%'`),
    ...['seq', 'request_hash', 'received_at', 'decided_at', 'due_at', 'occurred_at'],
  ),
  messages: select('outbox', byNumberApart('t.id', 't.key', `t.type = 'reward.granted'`), 'xid'),
  failures: select('condition_failures', `''`, 'last_at'),
  rates: select('event_rates', `''`),
  scores: `
    SELECT jsonb_build_array(t.member_id, w.key, t.score, t.earliness)::text AS row, '' AS place
    FROM board_scores t JOIN board_windows w ON w.program_id = t.program_id AND w.id = t.window_id
    WHERE t.program_id = $1::uuid`,
  late: `
    SELECT jsonb_build_array(t.member_id, w.key, t.amount, t.occurred_at)::text AS row,
      ${byNumber('t.id')} AS place
    FROM board_late_changes t JOIN board_windows w ON w.program_id = t.program_id AND w.id = t.window_id
    WHERE t.program_id = $1::uuid`,
  ledger: `
    SELECT jsonb_build_object('key', t.key, 'intent', t.intent, 'at', t.occurred_at,
      'resolves', r.key, 'reverses', v.key, 'entries', (
        SELECT jsonb_agg(jsonb_build_array(${LABEL}, e.amount_minor,
          CASE WHEN b.label LIKE '0:%' AND t.key NOT LIKE 'points:back:%' AND t.key NOT LIKE 'points:again:%'
            THEN e.balance_after_minor END) ORDER BY ${LABEL}, e.version)
        FROM ledger_entries e JOIN ledger_balances b ON b.account_id = e.account_id
        WHERE e.transaction_id = t.id), 'lots', (
        SELECT jsonb_agg(jsonb_build_array(l.amount_minor, l.remaining_minor, l.expires_at) ORDER BY l.id)
        FROM ledger_lots l WHERE l.transaction_id = t.id))::text AS row,
      ${byNumberApart('t.id', 't.key', `t.key LIKE 'grant:%'`)} AS place
    FROM ledger_transactions t
    LEFT JOIN ledger_transactions r ON r.id = t.resolves_id
    LEFT JOIN ledger_transactions v ON v.id = t.reverses_id
    WHERE t.program_id = $1::uuid`,
};
