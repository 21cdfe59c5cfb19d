import type pg from 'pg';
import type { Outcome } from '../../engine/events/outcome.ts';
import { listen } from '../../platform/listen.ts';
import type { Log } from '../../platform/log.ts';
import type { ApiMetrics } from '../http/metrics.ts';

/** Requests that may wait at once; one more is answered "accepted" at once. */
const WAITERS_MAX = 5_000;
/** NOTIFY announces decisions at once; polling finds those it missed, as when its connection broke. */
const POLL_MS = 250;

export interface Waiters {
  /**
   * The event's outcome, or null when the time (in milliseconds) is up or too many wait already. Never
   * rejects.
   */
  wait(programId: string, eventId: string, wait_ms: number): Promise<Outcome | null>;
  /** Answers everyone who waits with "not yet", and closes the connection. */
  close(): Promise<void>;
}

/** Waits for decisions: one connection listens for all of them, and one query reads those that are there. */
export function createWaiters(
  connection: pg.ClientConfig,
  pool: pg.Pool,
  log: Log,
  metrics: ApiMetrics,
): Waiters {
  const requests = createRequests(metrics);
  const look = (eventIds: Iterable<string>) => settleDecided(pool, log, requests, eventIds);
  const noticed = createBatch((eventIds) => void look(eventIds));
  const listener = listen(connection, 'decided', log, (eventId) => {
    if (requests.has(eventId)) noticed.add(eventId);
  });
  const poll = setInterval(() => void look(requests.eventIds()), POLL_MS);
  poll.unref();
  return {
    wait: requests.wait,
    async close() {
      clearInterval(poll);
      requests.close();
      await listener.close();
    },
  };
}

/** Requests that wait, by the event whose decision they wait for. */
interface Requests {
  readonly wait: Waiters['wait'];
  has(eventId: string): boolean;
  eventIds(): string[];
  /** The program of an event that somebody waits for. */
  programOf(eventId: string): string | null;
  /** Answers everyone who waits for an event. */
  settle(eventId: string, outcome: Outcome | null): void;
  /** Answers everyone with "not yet", and whoever comes later. */
  close(): void;
}

interface Waiter {
  readonly programId: string;
  readonly answer: (outcome: Outcome | null) => void;
  readonly timer: NodeJS.Timeout;
}

function createRequests(metrics: ApiMetrics): Requests {
  const waiters = new Map<string, Set<Waiter>>();
  let count = 0;
  let isClosed = false;

  const changeCount = (by: 1 | -1): void => {
    count += by;
    metrics.waiters.set(count);
  };

  const settleOne = (eventId: string, waiter: Waiter, outcome: Outcome | null): void => {
    clearTimeout(waiter.timer);
    const others = waiters.get(eventId);
    if (others?.delete(waiter) !== true) return;
    if (others.size === 0) waiters.delete(eventId);
    changeCount(-1);
    waiter.answer(outcome);
  };

  const settle: Requests['settle'] = (eventId, outcome) => {
    for (const waiter of [...(waiters.get(eventId) ?? [])]) settleOne(eventId, waiter, outcome);
  };

  return {
    wait: (programId, eventId, wait_ms) =>
      new Promise((answer) => {
        if (isClosed || count >= WAITERS_MAX) return answer(null);
        const timer = setTimeout(() => settleOne(eventId, waiter, null), wait_ms);
        const waiter: Waiter = { programId, answer, timer };
        waiters.set(eventId, (waiters.get(eventId) ?? new Set()).add(waiter));
        changeCount(1);
      }),
    has: (eventId) => waiters.has(eventId),
    eventIds: () => [...waiters.keys()],
    programOf(eventId) {
      const [first] = waiters.get(eventId) ?? [];
      return first?.programId ?? null;
    },
    settle,
    close() {
      isClosed = true;
      for (const eventId of [...waiters.keys()]) settle(eventId, null);
    },
  };
}

/** Gathers ids until the next turn of the event loop, then hands them over together. */
function createBatch(handOver: (ids: ReadonlySet<string>) => void) {
  let gathered = new Set<string>();
  const flush = (): void => {
    const ids = gathered;
    gathered = new Set();
    handOver(ids);
  };
  return {
    add(id: string): void {
      if (gathered.size === 0) setImmediate(flush);
      gathered.add(id);
    },
  };
}

const DECIDED = `
SELECT e.id::text, e.outcome
FROM json_to_recordset($1::json) AS g(program_id uuid, id uuid)
JOIN events e ON e.program_id = g.program_id AND e.id = g.id
WHERE e.state = 'decided'`;

/**
 * Reads which of the events are decided, and answers their waiters. Never rejects: the next poll comes soon.
 */
async function settleDecided(
  pool: pg.Pool,
  log: Log,
  requests: Requests,
  eventIds: Iterable<string>,
): Promise<void> {
  const refs = [...eventIds].flatMap((id) => {
    const programId = requests.programOf(id);
    return programId === null ? [] : [{ program_id: programId, id }];
  });
  if (refs.length === 0) return;
  try {
    const values = [JSON.stringify(refs)];
    const { rows } = await pool.query<{ id: string; outcome: Outcome }>({
      name: 'decided',
      text: DECIDED,
      values,
    });
    for (const { id, outcome } of rows) requests.settle(id, outcome);
  } catch (error) {
    log.warn({ err: error }, 'decisions could not be read; the next poll comes soon');
  }
}
