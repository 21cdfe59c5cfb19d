import type { Tx } from '../../prisma/client.ts';

/**
 * Hands an event to the workflow of the member whom it is about, in the transaction that decides it elsewhere, so that it counts
 * for points and achievements: once per event, where the policy in force answers its type, and a refund where what it takes
 * back was handed over too. Callers ask `engages` first, so that programs without rules for members pay nothing.
 */
export async function tellActed(tx: Tx, programId: string, eventId: string): Promise<void> {
  const told = await tx.$executeRaw`
    INSERT INTO events (program_id, id, key, request_hash, type, payload, occurred_at, workflow_id)
    SELECT e.program_id, uuidv7(), 'acted:' || e.id, encode(sha256(convert_to('acted:' || e.id, 'UTF8')), 'hex'),
           'member.acted', jsonb_build_object('event', e.id), e.occurred_at, 'member-' || m.id
    FROM events e
    JOIN programs p ON p.id = e.program_id AND p.engages
    JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
    WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid AND CASE e.type
      WHEN 'refund' THEN EXISTS (
        SELECT FROM events t JOIN events a ON a.program_id = t.program_id AND a.key = 'acted:' || t.id
        WHERE t.program_id = e.program_id AND t.key = e.refund_of)
      ELSE points_answer(e.program_id, e.type) END
    ON CONFLICT (program_id, key) DO NOTHING`;
  if (told > 0) await tx.$executeRaw`SELECT pg_notify('events', '')`;
}
