import type pg from 'pg';
import { listen } from '../../platform/listen.ts';
import type { Database } from '../../prisma/client.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { type Sender, sendBatch } from './batch.ts';
import { claimEvents, roomForEvents } from './claim.ts';
import { recordHandled } from './record.ts';

/** The rest after a failure of the database or of Temporal. */
const TROUBLE_REST_MS = 1_000;

/** Events under decision at once, over all workers: some seconds' work for one. */
const UNDECIDED_MAX = 400;
const CROWDED_REST_MS = 50;

export interface PumpOptions extends Sender {
  readonly db: Database;
  /** For the connection that listens for new events. */
  readonly connection: pg.ClientConfig;
  readonly metrics: WorkerMetrics;
  readonly batch: number;
  readonly interval_ms: number;
}

export interface Pump {
  /** Lets the batch under way end, then stops. */
  stop(): Promise<void>;
}

/** Hands stored events to their workflows, until stopped. Any number of pumps may share a database. */
export function startPump(options: PumpOptions): Pump {
  const stopping = new AbortController();
  const bell = createBell();
  const listener = listen(options.connection, 'events', options.log, () => bell.ring());
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const rest_ms = await pumpOnce(options).catch((error: unknown) => {
        options.log.error({ err: error }, 'the pump stumbled and goes on');
        return TROUBLE_REST_MS;
      });
      if (rest_ms > 0) await bell.wait(rest_ms);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await listener.close();
      await running;
    },
  };
}

/** One batch. Gives how long to rest: not at all while there is more. */
async function pumpOnce(options: PumpOptions): Promise<number> {
  const room = await roomForEvents(options.db, UNDECIDED_MAX);
  if (room === 0) return CROWDED_REST_MS;
  const batch = Math.min(options.batch, room);
  const events = await claimEvents(options.db, batch);
  if (events.length === 0) return options.interval_ms;
  const { handled, unavailable } = await sendBatch(options, events, Date.now());
  await recordHandled(options.db, handled);
  for (const { state } of handled) options.metrics.pumped.inc({ result: state });
  if (unavailable) return TROUBLE_REST_MS;
  return events.length < batch ? options.interval_ms : 0;
}

/** A rest that ends early when the bell rings; a ring while nobody rests ends the next rest at once. */
function createBell() {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(rest_ms: number) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, rest_ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = null;
      rung = false;
    },
  };
}
