import { mailboxMarks, markOf } from '../../engine/privacy/do-not-track.ts';
import type { Ask, EventRow } from './event-row.ts';

const MARKED = `
SELECT DISTINCT g.id::text FROM json_to_recordset($1::json) AS g(id uuid, program_id uuid, hash text)
JOIN do_not_track d ON d.program_id = g.program_id AND d.hash = g.hash`;

/**
 * The ids of those rows that are of somebody who was erased: by their external id, by the mailbox of a
 * signup, or as an event that came before.
 */
export async function erasedAmong(
  ask: Ask,
  rows: readonly EventRow[],
  hashSecret: string,
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const marks = rows.flatMap((row) =>
    marksOf(row, hashSecret).map((hash) => ({ id: row.id, program_id: row.program_id, hash })),
  );
  const marked = await ask<{ id: string }>({
    name: 'intake-marks',
    text: MARKED,
    values: [JSON.stringify(marks)],
  });
  return new Set(marked.map(({ id }) => id));
}

function marksOf({ program_id, subject, key, payload }: EventRow, hashSecret: string): string[] {
  const email = typeof payload['email'] === 'string' ? payload['email'] : null;
  return [
    markOf(hashSecret, program_id, 'external_id', subject),
    markOf(hashSecret, program_id, 'event', key),
    ...mailboxMarks(hashSecret, program_id, email),
  ].map(({ hash }) => hash);
}
