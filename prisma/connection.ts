import pg from 'pg';

/**
 * Runs `work` on a new connection, and closes it afterwards. A server that ends the connection in between
 * fails the query under way, or the next one; it never ends the process, as an unheard `error` would.
 * @param to PostgreSQL URL, or the settings of `connectionConfig`.
 * Errors: what `pg` throws when it cannot connect, and what `work` throws.
 */
export async function withClient<T>(
  to: string | pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(to);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs one statement, or one script, on a new connection. */
export async function execute(url: string, sql: string): Promise<void> {
  await withClient(url, (client) => client.query(sql));
}
