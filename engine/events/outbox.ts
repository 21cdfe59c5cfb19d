import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';

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

/** Tells messages in the transaction of what they tell of. One that was told before is not told again. */
export async function tell(tx: Tx, programId: string, messages: readonly OutboxMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO outbox (program_id, key, subject, members, type, payload)
    SELECT ${programId}::uuid, key, subject, members, type, payload
    FROM jsonb_to_recordset(${toJsonText(messages)}::jsonb) AS m(key text, subject text, members uuid[], type text, payload jsonb)
    ON CONFLICT (program_id, key) DO NOTHING`;
}
