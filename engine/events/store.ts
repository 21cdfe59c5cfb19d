import { toJsonText } from '../../platform/hash.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { WAKE_PUMP } from './wake.ts';

/** A command on its way into the table of events. */
export interface CommandRow {
  readonly programId: string;
  readonly id: string;
  /** Once per program: a repeat stores nothing. */
  readonly key: string;
  readonly type: string;
  readonly workflowId: string;
  readonly payload: Readonly<Record<string, string | null>>;
  readonly occurredAt: Date;
  /** Left out: the time of the statement. */
  readonly receivedAt?: Date;
  readonly valueMinor?: bigint;
  readonly unit?: string;
  readonly awaited?: boolean;
}

/**
 * The common table expressions up to `command`: they store commands, each once by its key, and give the ids
 * of the new ones: of a key that was taken nothing is stored (`events_once.sql`). `source` is a select with
 * the columns of `CommandRow`, in quotes; a null id or time of receipt is filled in. A command's key says all
 * that it asks for, so its hash stands for the request.
 */
export const storedCommands = (source: Prisma.Sql) => Prisma.sql`
    asked AS MATERIALIZED (
      SELECT *, coalesce(id, uuidv7()) AS "eventId" FROM (${source}) given
    ), taken AS (
      INSERT INTO event_keys (program_id, key_hash, event_id)
      SELECT "programId", event_key_hash(key), "eventId" FROM asked ORDER BY 1, 2
      ON CONFLICT DO NOTHING RETURNING event_id
    ), command AS (
      INSERT INTO events (program_id, id, key, request_hash, type, payload, value_minor, unit,
                          occurred_at, received_at, workflow_id, awaited)
      SELECT "programId", "eventId", key, encode(sha256(convert_to(key, 'UTF8')), 'hex'),
             type, payload, "valueMinor", unit, "occurredAt", coalesce("receivedAt", now()), "workflowId",
             coalesce(awaited, false)
      FROM taken JOIN asked ON "eventId" = event_id ORDER BY "occurredAt"
      RETURNING id
    )`;

/** The select that wakes the pump where `storedCommands` stored something new. Gives one row. */
export const wakeForCommands = Prisma.sql`
    SELECT count(${Prisma.raw(WAKE_PUMP)}) AS woken FROM (SELECT FROM command LIMIT 1) any_command`;

/** Stores commands and wakes the pump, in one statement. Returns how many are new. */
export async function storeCommands(db: Database | Tx, commands: readonly CommandRow[]): Promise<number> {
  if (commands.length === 0) return 0;
  const source = Prisma.sql`
    SELECT * FROM jsonb_to_recordset(${toJsonText(commands)}::jsonb) AS c(
      "programId" uuid, id uuid, key text, type text, payload jsonb, "valueMinor" bigint, unit text,
      "occurredAt" timestamptz, "receivedAt" timestamptz, "workflowId" text, awaited boolean)`;
  const [row] = await db.$queryRaw<{ stored: number }[]>`
    WITH ${storedCommands(source)}
    SELECT (SELECT count(*)::int FROM command) AS stored, woken FROM (${wakeForCommands}) wake`;
  return row?.stored ?? 0;
}
