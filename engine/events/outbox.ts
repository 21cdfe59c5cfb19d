import type { Message, MessageType } from '../../domain/messages.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** A message on its way into the outbox; its type says its version. */
export type OutboxMessage<T extends MessageType = MessageType> = {
  readonly [K in T]: Omit<Message<K>, 'version'>;
}[T];

/** What a message about one member is about, and whom it concerns. */
export const aboutMember = (memberId: string) =>
  ({ subject: `member:${memberId}`, members: [memberId] }) as const;

/**
 * The common table expression `message`: writes messages to the outbox and gives the keys of the new ones.
 * One that was told already stays as it is, and so does one whose month is gone (`outbox_once.sql`).
 */
export const toldMessages = (programId: string, messages: readonly OutboxMessage[]) => Prisma.sql`
    message AS (
      INSERT INTO outbox (program_id, key, subject, members, type, payload)
      SELECT ${programId}::uuid, key, subject, members, type, payload
      FROM jsonb_to_recordset(${toJsonText(messages)}::jsonb)
        AS m(key text, subject text, members uuid[], type text, payload jsonb)
      RETURNING key
    )`;

/**
 * Writes messages in the transaction of what they say. Returns the keys of the new ones: what was told before
 * is not told again.
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
