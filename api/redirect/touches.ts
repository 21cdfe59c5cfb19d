import type pg from 'pg';
import { CLOCK_SKEW_MAX_MS } from '../../domain/time.ts';

/** Clicks of one visitor on one link within this time are one. */
export const DEDUPE_MS = 3_600_000;

/**
 * A click on its way into the table; field names are the columns of the insert's recordset, and of the
 * journal.
 */
export interface TouchRow {
  readonly program_id: string;
  readonly id: string;
  readonly link_id: string;
  readonly visitor_id: string;
  readonly occurred_at: string;
  readonly ip_hash: string | null;
  readonly user_agent_hash: string | null;
  readonly paid_click: Readonly<Record<string, string>> | null;
  /** Absent in journals of earlier versions. */
  readonly source?: string | null;
  /** The visitor was new, or has gone on with this id: there is no earlier click to look for. */
  readonly is_new: boolean;
}

/** SQL: when a click of `g` happened, whose process may have a clock that is wrong: never after it came. */
const HAPPENED = `least(g.occurred_at, now() + interval '${CLOCK_SKEW_MAX_MS} milliseconds')`;

// A visitor who brought no cookie has no earlier click, and one whose click went to the journal was sent on
// with its id, so only others are looked up. Replayed journals meet their own rows again.
// What it gives is what was not inserted, as that is hardly ever anything.
const INSERT = `
WITH given AS MATERIALIZED (
  SELECT g.*, ${HAPPENED} AS happened_at FROM json_to_recordset($1::json) AS g(
    program_id uuid, id uuid, link_id uuid, visitor_id uuid, occurred_at timestamptz,
    ip_hash text, user_agent_hash text, paid_click jsonb, source text,
    is_new boolean)
), inserted AS (
  INSERT INTO touches (program_id, id, link_id, visitor_id, occurred_at, ip_hash, user_agent_hash,
                       paid_click, source)
  SELECT g.program_id, g.id, g.link_id, g.visitor_id, g.happened_at,
         g.ip_hash, g.user_agent_hash, g.paid_click, g.source
  FROM given g
  WHERE g.is_new OR NOT EXISTS (
    SELECT 1 FROM touches t
    WHERE t.program_id = g.program_id AND t.visitor_id = g.visitor_id AND t.link_id = g.link_id
      AND t.occurred_at > g.happened_at - interval '${DEDUPE_MS} milliseconds'
      AND t.occurred_at < g.happened_at + interval '${DEDUPE_MS} milliseconds')
  ON CONFLICT (program_id, id) DO NOTHING
  RETURNING id
)
SELECT id::text FROM (SELECT id FROM given EXCEPT SELECT id FROM inserted) repeated`;

const FIND_EARLIER = `
SELECT g.id::text AS given, t.id::text AS earlier
FROM json_to_recordset($1::json) AS g(
  program_id uuid, id uuid, link_id uuid, visitor_id uuid, occurred_at timestamptz),
  LATERAL (
    SELECT t.id FROM touches t
    WHERE t.program_id = g.program_id AND t.visitor_id = g.visitor_id AND t.link_id = g.link_id
      AND t.occurred_at > ${HAPPENED} - interval '${DEDUPE_MS} milliseconds'
    ORDER BY t.occurred_at DESC LIMIT 1) t`;

/**
 * Stores clicks in one commit. For each, the id that counts: its own, or that of the same visitor's click
 * within the hour.
 */
export async function storeTouches(pool: pg.Pool, rows: readonly TouchRow[]): Promise<string[]> {
  const { rows: ids } = await pool.query<{ id: string }>({
    name: 'touches',
    text: INSERT,
    values: [JSON.stringify(rows)],
  });
  if (ids.length === 0) return rows.map((row) => row.id);
  const repeatIds = new Set(ids.map(({ id }) => id));
  const repeats = rows
    .filter((row) => repeatIds.has(row.id))
    .map(({ program_id, id, link_id, visitor_id, occurred_at }) => ({
      program_id,
      id,
      link_id,
      visitor_id,
      occurred_at,
    }));
  const { rows: matches } = await pool.query<{ given: string; earlier: string }>({
    name: 'touches-earlier',
    text: FIND_EARLIER,
    values: [JSON.stringify(repeats)],
  });
  const earlier = new Map(matches.map((row) => [row.given, row.earlier]));
  return rows.map((row) => earlier.get(row.id) ?? row.id);
}
