import type pg from 'pg';
import type { Outcome } from '../../engine/events/outcome.ts';
import { listen } from '../../platform/listen.ts';
import type { Log } from '../../platform/log.ts';
import type { ApiMetrics } from '../http/metrics.ts';

/** Requests that may wait at once; one more is answered "accepted" at once. */
const WAITERS_MAX = 5_000;
/** NOTIFY tells at once; this finds what it did not, as when its connection broke. */
const POLL_MS = 250;

const DECIDED = `
SELECT e.id::text, e.outcome
FROM json_to_recordset($1::json) AS g(program_id uuid, id uuid)
JOIN events e ON e.program_id = g.program_id AND e.id = g.id
WHERE e.decided_at IS NOT NULL`;

export interface Waiters {
  /** The event's outcome, or null when the time (in milliseconds) is up or too many wait already. Never rejects. */
  wait(programId: string, eventId: string, wait_ms: number): Promise<Outcome | null>;
  /** Answers everyone who waits with "not yet", and closes the connection. */
  close(): Promise<void>;
}

interface Waiter {
  readonly programId: string;
  readonly eventId: string;
  readonly settle: (outcome: Outcome | null) => void;
}

/** Waits for decisions: one connection listens for all of them, and one query reads what was decided. */
export function createWaiters(
  connection: pg.ClientConfig,
  pool: pg.Pool,
  log: Log,
  metrics: ApiMetrics,
): Waiters {
  const waiting = new Map<string, Set<Waiter>>();
  let count = 0;
  let isClosed = false;
  let due = new Set<string>();
  const listener = listen(connection, 'decided', log, (eventId) => {
    if (!waiting.has(eventId)) return;
    if (due.size === 0) setImmediate(() => void readDue());
    due.add(eventId);
  });

  const readDue = async (): Promise<void> => {
    const ids = due;
    due = new Set();
    await read([...ids]);
  };

  const read = async (ids: readonly string[]): Promise<void> => {
    const asked = ids.flatMap((id) => {
      const [first] = waiting.get(id) ?? [];
      return first === undefined ? [] : [{ program_id: first.programId, id }];
    });
    if (asked.length === 0) return;
    try {
      const found = await pool.query<{ id: string; outcome: Outcome }>({
        name: 'decided',
        text: DECIDED,
        values: [JSON.stringify(asked)],
      });
      for (const row of found.rows)
        for (const waiter of waiting.get(row.id) ?? []) waiter.settle(row.outcome);
    } catch (error) {
      log.warn({ err: error }, 'decisions could not be read; the next look is soon');
    }
  };

  const poll = setInterval(() => void read([...waiting.keys()]), POLL_MS);
  poll.unref();

  return {
    wait: (programId, eventId, wait_ms) =>
      new Promise((resolve) => {
        if (isClosed || count >= WAITERS_MAX) return resolve(null);
        const settle = (outcome: Outcome | null): void => {
          clearTimeout(timer);
          const set = waiting.get(eventId);
          if (set?.delete(waiter) !== true) return;
          if (set.size === 0) waiting.delete(eventId);
          count -= 1;
          metrics.waiters.set(count);
          resolve(outcome);
        };
        const waiter: Waiter = { programId, eventId, settle };
        const timer = setTimeout(settle, wait_ms, null);
        const set = waiting.get(eventId) ?? new Set();
        waiting.set(eventId, set.add(waiter));
        count += 1;
        metrics.waiters.set(count);
      }),
    async close() {
      isClosed = true;
      clearInterval(poll);
      for (const set of [...waiting.values()]) for (const waiter of [...set]) waiter.settle(null);
      await listener.close();
    },
  };
}
