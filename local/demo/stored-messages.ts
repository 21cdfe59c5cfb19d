import { problemsOf, type StoredMessage } from '../../domain/messages.ts';
import { connectionConfig } from '../../prisma/client.ts';
import { withClient } from '../../prisma/connection.ts';

/** A program's outbox, held against the types of messages. */
export interface StoredMessages {
  /** How many messages are as their type says. */
  readonly fitting: number;
  /** Of how many types the messages are. */
  readonly types: number;
  /** What is wrong with the others, in sentences. */
  readonly problems: readonly string[];
}

/**
 * Reads every message of a program and holds it against its type.
 * @param url PostgreSQL URL of any login that may read the outbox.
 * Errors: what `pg` throws when it cannot connect or read.
 */
export function checkMessages(url: string, programId: string): Promise<StoredMessages> {
  return withClient(connectionConfig({ url }), async (client) => {
    const { rows } = await client.query<StoredMessage>(
      'SELECT key, subject, members, type, payload FROM outbox WHERE program_id = $1 ORDER BY id',
      [programId],
    );
    const problems = rows.map(problemsOf);
    return {
      fitting: problems.filter(({ length }) => length === 0).length,
      types: new Set(rows.map(({ type }) => type)).size,
      problems: problems.flat(),
    };
  });
}
