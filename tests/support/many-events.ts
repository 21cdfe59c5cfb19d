import type { Database } from '../../prisma/client.ts';

/** Stores so many more events like one that is on record, each under a key of its own and a second later. */
export async function copyEvent(
  db: Database,
  programId: string,
  { id }: { readonly id: string },
  count: number,
): Promise<void> {
  await db.$executeRaw`
    WITH made AS (SELECT uuidv7() AS id, nth FROM generate_series(1, ${count}::int) AS nth),
    keyed AS (
      INSERT INTO event_keys (program_id, key_hash, event_id)
      SELECT ${programId}::uuid, event_key_hash(id::text), id FROM made)
    INSERT INTO events (program_id, id, key, request_hash, type, subject, value_minor, unit, payload,
                        occurred_at, state, workflow_id, outcome, decided_at)
    SELECT e.program_id, m.id, m.id::text, m.id::text, e.type, e.subject, e.value_minor, e.unit, e.payload,
           e.occurred_at + m.nth * interval '1 second', e.state, e.workflow_id, e.outcome, e.decided_at
    FROM made m, events e WHERE e.program_id = ${programId}::uuid AND e.id = ${id}::uuid`;
}
