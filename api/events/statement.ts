import type { Outcome } from '../../engine/events/outcome.ts';
import { WAKE_PUMP } from '../../engine/events/wake.ts';
import { listTexts } from '../../platform/list-text.ts';
import { erasedAmong } from './erased.ts';
import type { Ask, EventRow } from './event-row.ts';

/** The result of one row: stored now, or found under its key. */
export interface Stored {
  readonly eventId: string;
  /** False: another event was stored under this key before. */
  readonly isSame: boolean;
  readonly replayed: boolean;
  readonly outcome: Outcome | null;
  /** It is of somebody who was erased, and is not stored. */
  readonly isErased?: true;
  /** It came before, and is not kept any more. */
  readonly isGone?: true;
}

/** Of the rows, in the order in which the statement takes them. */
const COLUMNS = [
  'program_id',
  'id',
  'key',
  'request_hash',
  'type',
  'subject',
  'refund_of',
  'value_minor',
  'unit',
  'payload',
  'occurred_at',
  'awaited',
  'workflow_id',
  'code',
  'order_id',
] as const;

// One statement, so one commit, for the whole batch; a signup with the code of a personal link belongs to the
// workflow that began with that link. Batches that hold the same keys wait for each other at the index of
// keys: one order for all of them keeps that from becoming a deadlock. NOTIFY is sent when the statement
// commits, and only when something new is there. Of a program with a do-not-track list nothing is stored
// before the events were held against it, which `$1` says: others need not ask for that.
const INSERT = `
WITH given AS MATERIALIZED (
  -- Numbered in order of arrival, whatever the order of insertion.
  SELECT g.*, nextval('events_seq_seq') AS seq, NOT $1::boolean AND EXISTS (
    SELECT FROM do_not_track d WHERE d.program_id = g.program_id) AS listed
  FROM unnest(
    $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
    $10::text[], $11::jsonb[], $12::timestamptz[], $13::boolean[], $14::text[], $15::text[], $16::text[]
  ) AS g(${COLUMNS.join(', ')})
), taken AS (
  INSERT INTO event_keys (program_id, key_hash, event_id)
  SELECT program_id, event_key_hash(key), id FROM given WHERE NOT listed ORDER BY 1, 2, seq
  ON CONFLICT DO NOTHING RETURNING event_id
), stored AS (
  INSERT INTO events (program_id, id, seq, key, request_hash, type, subject, refund_of, value_minor, unit,
                      payload, occurred_at, awaited, workflow_id)
  SELECT g.program_id, g.id, g.seq, g.key, g.request_hash, g.type, g.subject, g.refund_of, g.value_minor,
         g.unit, g.payload, g.occurred_at, g.awaited, coalesce('referral-' || l.id, g.workflow_id)
  FROM taken JOIN given g ON g.id = event_id
  LEFT JOIN links l ON l.code = g.code AND l.program_id = g.program_id AND l.kind = 'personal'
  RETURNING id
), ordered AS (
  -- After the events, in one order for all batches, as they wait for each other at this index, too.
  INSERT INTO event_orders (program_id, type, order_id, event_id)
  SELECT g.program_id, g.type, g.order_id, g.id FROM given g JOIN stored s ON s.id = g.id
  WHERE g.order_id IS NOT NULL
  ORDER BY g.program_id, g.type, g.order_id, g.seq
  ON CONFLICT DO NOTHING
), woken AS (
  SELECT count(${WAKE_PUMP}) FROM (SELECT 1 FROM stored LIMIT 1) AS any_row
)
SELECT id::text, false AS listed FROM stored, woken
UNION ALL SELECT id::text, true FROM given WHERE listed`;

// The id that a key leads to says in which month its event lies; by its key it would be looked for in each.
const FIND = `
SELECT e.program_id::text AS "programId", e.key, e.id::text, e.request_hash AS "requestHash", e.outcome
FROM json_to_recordset($1::json) AS g(program_id uuid, key text)
JOIN event_keys k ON k.program_id = g.program_id AND k.key_hash = event_key_hash(g.key)
JOIN events e ON e.program_id = k.program_id AND e.id = k.event_id AND e.key = g.key`;

interface EarlierEvent {
  readonly programId: string;
  readonly key: string;
  readonly id: string;
  readonly requestHash: string;
  readonly outcome: Outcome | null;
}

const nameOf = (programId: string, key: string): string => `${programId} ${key}`;

/**
 * Stores a batch of events in one commit, or two where a program has a do-not-track list. Results in the
 * order of the rows; rejects when the batch, or a part of it, was not stored.
 */
export async function storeEvents(ask: Ask, all: readonly EventRow[], hashSecret: string): Promise<Stored[]> {
  const { newIds, listedIds } = await insert(ask, all, false);
  const listed = all.filter(({ id }) => listedIds.has(id));
  const erasedIds = await erasedAmong(ask, listed, hashSecret);
  const held = listed.filter(({ id }) => !erasedIds.has(id));
  for (const id of (await insert(ask, held, true)).newIds) newIds.add(id);
  const repeats = all.filter(({ id }) => !newIds.has(id) && !erasedIds.has(id));
  const earlier = repeats.length === 0 ? null : await readEarlier(ask, repeats);
  return all.map((row) => {
    if (newIds.has(row.id)) return firstOf(row);
    if (erasedIds.has(row.id)) return { ...firstOf(row), isErased: true };
    return repeatOf(row, earlier?.get(nameOf(row.program_id, row.key)));
  });
}

/**
 * Stores those rows whose keys are free. Gives their ids, and of rows that are not held against their
 * program's do-not-track list yet, the ids of those that must be.
 */
async function insert(ask: Ask, rows: readonly EventRow[], isHeld: boolean) {
  const answer =
    rows.length === 0
      ? []
      : await ask<{ id: string; listed: boolean }>({
          name: 'intake',
          text: INSERT,
          values: [String(isHeld), ...listTexts(rows, COLUMNS)],
        });
  const idsOf = (isListed: boolean) =>
    new Set(answer.filter(({ listed }) => listed === isListed).map(({ id }) => id));
  return { newIds: idsOf(false), listedIds: idsOf(true) };
}

/** The events that hold the keys of these rows, by `nameOf`. */
async function readEarlier(ask: Ask, repeats: readonly EventRow[]): Promise<Map<string, EarlierEvent>> {
  const keys = JSON.stringify(repeats.map(({ program_id, key }) => ({ program_id, key })));
  const rows = await ask<EarlierEvent>({ name: 'intake-find', text: FIND, values: [keys] });
  return new Map(rows.map((row) => [nameOf(row.programId, row.key), row]));
}

const firstOf = (row: EventRow): Stored => ({
  eventId: row.id,
  isSame: true,
  replayed: false,
  outcome: null,
});

function repeatOf(row: EventRow, earlier: EarlierEvent | undefined): Stored {
  // Its key outlives it.
  if (earlier === undefined) return { ...firstOf(row), replayed: true, isGone: true };
  return {
    eventId: earlier.id,
    isSame: earlier.requestHash === row.request_hash,
    replayed: true,
    outcome: earlier.outcome,
  };
}
