import type pg from 'pg';
import { CLOCK_SKEW_MAX_MS } from '../../domain/time.ts';
import { listText, listTexts } from '../../platform/list-text.ts';

/** Clicks of one visitor on one link within this time are one. */
export const DEDUPE_MS = 3_600_000;

/** A click on its way into the table; field names are the table's columns, and the journal's. */
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

/** Of the clicks, in the order in which the insert takes them. */
const COLUMNS = [
  'id',
  'visitor_id',
  'occurred_at',
  'ip_hash',
  'user_agent_hash',
  'paid_click',
  'source',
  'is_new',
] as const;

// A visitor who brought no cookie has no earlier click, and one whose click went to the journal was sent on
// with its id, so only others are looked up. Replayed journals meet their own rows again. Rows come column by
// column, and programs and links once each: as JSON, PostgreSQL takes longer to read them than to store them.
const INSERT = `
INSERT INTO touches (program_id, id, link_id, visitor_id, occurred_at, ip_hash, user_agent_hash,
                     paid_click, source)
SELECT g.program_id, g.id, g.link_id, g.visitor_id, g.happened_at,
       g.ip_hash, g.user_agent_hash, g.paid_click, g.source
FROM (
  SELECT g.*, ($10::uuid[])[g.link] AS program_id, ($11::uuid[])[g.link] AS link_id,
         ${HAPPENED} AS happened_at
  FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::jsonb[],
              $8::text[], $9::boolean[])
    AS g(link, ${COLUMNS.join(', ')})
  ) g
WHERE g.is_new OR NOT EXISTS (
  SELECT 1 FROM touches t
  WHERE t.program_id = g.program_id AND t.visitor_id = g.visitor_id AND t.link_id = g.link_id
    AND t.occurred_at > g.happened_at - interval '${DEDUPE_MS} milliseconds'
    AND t.occurred_at < g.happened_at + interval '${DEDUPE_MS} milliseconds')
ON CONFLICT (program_id, id) DO NOTHING`;

// Of those that are not in the table, the visitor's latest click within the hour.
const FIND_EARLIER = `
SELECT g.id::text AS given, t.id::text AS earlier
FROM json_to_recordset($1::json) AS g(
  program_id uuid, id uuid, link_id uuid, visitor_id uuid, occurred_at timestamptz),
  LATERAL (
    SELECT t.id FROM touches t
    WHERE t.program_id = g.program_id AND t.visitor_id = g.visitor_id AND t.link_id = g.link_id
      AND t.occurred_at > ${HAPPENED} - interval '${DEDUPE_MS} milliseconds'
    ORDER BY t.occurred_at DESC LIMIT 1) t
WHERE NOT EXISTS (SELECT 1 FROM touches own WHERE own.program_id = g.program_id AND own.id = g.id)`;

/**
 * Stores clicks in one commit. For each, the id that counts: its own, or that of the same visitor's click
 * within the hour.
 */
export async function storeTouches(pool: pg.Pool, rows: readonly TouchRow[]): Promise<string[]> {
  const { rowCount } = await pool.query({ name: 'touches', text: INSERT, values: columnsOf(rows) });
  if (rowCount === rows.length) return rows.map(({ id }) => id);
  const asked = rows
    .filter(({ is_new }) => !is_new)
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
    values: [JSON.stringify(asked)],
  });
  const earlier = new Map(matches.map((match) => [match.given, match.earlier]));
  return rows.map(({ id }) => earlier.get(id) ?? id);
}

/** The parameters of the insert: the clicks' columns, then the programs and the ids of the links in them. */
function columnsOf(rows: readonly TouchRow[]): string[] {
  const places = new Map<string, number>();
  const links: TouchRow[] = [];
  const linkOf = (row: TouchRow): number => {
    const place = places.get(row.link_id) ?? links.push(row);
    places.set(row.link_id, place);
    return place;
  };
  return [
    listText(rows.map(linkOf)),
    ...listTexts(rows, COLUMNS),
    ...listTexts(links, ['program_id', 'link_id']),
  ];
}
