import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Config } from './config.ts';
import { goOutside } from './outside.ts';

/**
 * Where Temporal is and how to reach it: TLS, API key and profile, read from the environment as Temporal's
 * own tools read them.
 */
export function temporalOptions(config: Config): {
  connection: ConnectionOptions & NativeConnectionOptions;
  namespace: string;
} {
  const { connectionOptions } = loadClientConnectConfig();
  const address = config.TEMPORAL_ADDRESS ?? `127.0.0.1:${config.TEMPORAL_PORT}`;
  return {
    connection: { ...connectionOptions, address } as ConnectionOptions & NativeConnectionOptions,
    namespace: config.TEMPORAL_NAMESPACE,
  };
}

/** A client that connects when it is first used, and so starts without a server. */
export function lazyClient(config: Config): Client {
  const { connection, namespace } = temporalOptions(config);
  return new Client({ connection: Connection.lazy(connection), namespace });
}

/**
 * Returns what `ask` makes of Temporal's answers. Each call in it fails once `timeout_ms` are over, the
 * client's own retries included. Throws within a database transaction.
 */
export async function askWithin<T>(
  client: Pick<Client, 'workflow'>,
  timeout_ms: number,
  ask: () => Promise<T>,
): Promise<T> {
  goOutside('Temporal');
  // The deadline is the connection's, which all parts of a client share.
  return await client.workflow.withDeadline(Date.now() + timeout_ms, ask);
}
