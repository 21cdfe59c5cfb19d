import { mailboxMarks, markOf } from '../../engine/privacy/do-not-track.ts';
import type { Ask, EventRow } from './event-row.ts';

const LISTING = `
SELECT g.id::text FROM json_to_recordset($1::json) AS g(id uuid)
WHERE EXISTS (SELECT FROM do_not_track d WHERE d.program_id = g.id)`;

const MARKED = `
SELECT DISTINCT g.id::text FROM json_to_recordset($1::json) AS g(id uuid, program_id uuid, hash text)
JOIN do_not_track d ON d.program_id = g.program_id AND d.hash = g.hash`;

/**
 * The ids of those rows that are of somebody who was erased: by their external id, by the mailbox of a
 * signup, or as an event that came before. Asks once for a program without a list.
 */
export async function erasedAmong(
  ask: Ask,
  rows: readonly EventRow[],
  hashSecret: string,
): Promise<ReadonlySet<string>> {
  const programs = [...new Set(rows.map(({ program_id }) => program_id))];
  const named = await askIds(
    ask,
    'intake-lists',
    LISTING,
    programs.map((id) => ({ id })),
  );
  if (named.size === 0) return named;
  const marks = rows
    .filter(({ program_id }) => named.has(program_id))
    .flatMap((row) =>
      marksOf(row, hashSecret).map((hash) => ({ id: row.id, program_id: row.program_id, hash })),
    );
  return await askIds(ask, 'intake-marks', MARKED, marks);
}

function marksOf({ program_id, subject, key, payload }: EventRow, hashSecret: string): string[] {
  const email = typeof payload['email'] === 'string' ? payload['email'] : null;
  return [
    markOf(hashSecret, program_id, 'external_id', subject),
    markOf(hashSecret, program_id, 'event', key),
    ...mailboxMarks(hashSecret, program_id, email),
  ].map(({ hash }) => hash);
}

async function askIds(ask: Ask, name: string, text: string, given: readonly object[]) {
  const rows = await ask<{ id: string }>({ name, text, values: [JSON.stringify(given)] });
  return new Set(rows.map(({ id }) => id));
}
