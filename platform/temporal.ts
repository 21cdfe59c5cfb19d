import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Config } from './config.ts';

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
