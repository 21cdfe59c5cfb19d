import pg from 'pg';
import type { Log } from './log.ts';

const RECONNECT_MS = 1_000;

export interface Listener {
  close(): Promise<void>;
}

/**
 * Keeps one connection that listens on a PostgreSQL channel, and comes back when it breaks. Notices are
 * hints: what is told while it is away is lost, so whoever listens also looks from time to time.
 */
export function listen(
  connection: pg.ClientConfig,
  channel: 'events' | 'decided',
  log: Log,
  onNotice: (payload: string) => void,
): Listener {
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  const again = (): void => {
    client = null;
    if (isClosed || retry !== undefined) return;
    retry = setTimeout(() => {
      retry = undefined;
      void connect();
    }, RECONNECT_MS);
    retry.unref();
  };

  const connect = async (): Promise<void> => {
    const next = new pg.Client(connection);
    next.on('error', () => undefined);
    next.on('end', again);
    next.on('notification', ({ payload }) => onNotice(payload ?? ''));
    try {
      await next.connect();
      await next.query(`LISTEN ${channel}`);
      if (isClosed) await next.end();
      else client = next;
    } catch (error) {
      log.warn({ err: error, channel }, 'cannot listen; trying again');
      await next.end().catch(() => undefined);
      again();
    }
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
