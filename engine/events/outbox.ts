import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Something the outside is to be told. Ids and amounts only: a receiver asks the API for more. */
export interface OutboxMessage {
  /** Once per program: a repeat of the step that tells it tells nothing new. */
  readonly key: string;
  /** Messages of one subject go out in order. */
  readonly subject: string;
  /** Members whom it concerns: their workflows are handed it, where the program has rules for them. */
  readonly members: readonly string[];
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * The common table expression `message`: writes messages to the outbox and gives the keys of the new ones. One that is there
 * already stays as it is.
 */
export const toldMessages = (programId: string, messages: readonly OutboxMessage[]) => Prisma.sql`
    message AS (
      INSERT INTO outbox (program_id, key, subject, members, type, payload)
      SELECT ${programId}::uuid, key, subject, members, type, payload
      FROM jsonb_to_recordset(${toJsonText(messages)}::jsonb)
        AS m(key text, subject text, members uuid[], type text, payload jsonb)
      ON CONFLICT (program_id, key) DO NOTHING
      RETURNING key
    )`;

/**
 * Writes messages in the transaction of what they say. Returns the keys of the new ones: what was told before is not told
 * again.
 */
export async function tell(
  tx: Tx,
  programId: string,
  messages: readonly OutboxMessage[],
): Promise<ReadonlySet<string>> {
  if (messages.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ key: string }[]>`
    WITH ${toldMessages(programId, messages)} SELECT key FROM message`;
  return new Set(rows.map(({ key }) => key));
}
