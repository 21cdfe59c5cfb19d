import type { Outcome } from '../../engine/events/outcome.ts';
import { noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { SurveyEventRef } from './snapshot.ts';

/** A command about a survey. */
export interface SurveyCommand {
  readonly type: string;
  readonly payload: Readonly<Record<string, string | null>>;
  readonly occurred_at: Date;
}

/** Locks a command; null when it is decided already. Throws when it does not exist. */
export async function lockCommand(tx: Tx, ref: SurveyEventRef): Promise<SurveyCommand | null> {
  const [row] = await tx.$queryRaw<(SurveyCommand & { state: string })[]>`
    SELECT state::text, type, payload, occurred_at FROM events
    WHERE program_id = ${ref.programId}::uuid AND id = ${ref.eventId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error(`event ${ref.eventId} does not exist`);
  return row.state === 'decided' ? null : row;
}

/** Puts a command's outcome on record and wakes whoever waits for it. */
export async function decideCommand(tx: Tx, ref: SurveyEventRef, outcome: Outcome): Promise<void> {
  noteDecision(tx, outcome);
  await tx.$executeRaw`
    WITH decision AS (
      UPDATE events SET state = 'decided', outcome = ${toJsonText(outcome)}::jsonb, decided_at = now(), reason = NULL
      WHERE program_id = ${ref.programId}::uuid AND id = ${ref.eventId}::uuid
      RETURNING id, awaited
    )
    SELECT pg_notify('decided', id::text) FROM decision WHERE awaited`;
}
