import pg from 'pg';
import type { Log } from './log.ts';

const RECONNECT_MS = 1_000;

type Channel = 'events' | 'decided' | 'told';

export interface Listener {
  close(): Promise<void>;
}

/**
 * Keeps one connection that listens on a PostgreSQL channel and reconnects when it breaks. `onNotice` gets
 * the payload of each notice. Notices are hints: those that are sent while the connection is down are lost,
 * so the owner also polls from time to time.
 */
export function listen(
  connection: pg.ClientConfig,
  channel: Channel,
  log: Log,
  onNotice: (payload: string) => void,
): Listener {
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  const reconnect = (): void => {
    client = null;
    if (isClosed || retry !== undefined) return;
    retry = setTimeout(() => {
      retry = undefined;
      void connect();
    }, RECONNECT_MS);
    retry.unref();
  };

  const connect = async (): Promise<void> => {
    const next = newClient(connection, onNotice, reconnect);
    if (!(await tryListening(next, channel, log))) reconnect();
    else if (isClosed) await next.end().catch(() => undefined);
    else client = next;
  };

  const first = connect();
  return {
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await first;
      await client?.end().catch(() => undefined);
    },
  };
}

/** A client, not connected yet. `onEnd` runs when its connection ends, for whatever reason. */
function newClient(
  connection: pg.ClientConfig,
  onNotice: (payload: string) => void,
  onEnd: () => void,
): pg.Client {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  client.on('end', onEnd);
  client.on('notification', ({ payload }) => onNotice(payload ?? ''));
  return client;
}

/** Connects and listens. Returns false, with the client ended and the reason logged, when that fails. */
async function tryListening(client: pg.Client, channel: Channel, log: Log): Promise<boolean> {
  try {
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    return true;
  } catch (error) {
    log.warn({ err: error, channel }, 'cannot listen; trying again');
    await client.end().catch(() => undefined);
    return false;
  }
}
