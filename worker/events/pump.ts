import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { listen } from '../../platform/listen.ts';
import type { Database } from '../../prisma/client.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { type Sender, sendBatch } from './batch.ts';
import { claimEvents, roomForEvents } from './claim.ts';
import { recordHandled } from './record.ts';

/** How long the pump rests after a failure of the database or of Temporal. */
const TROUBLE_REST_MS = 1_000;

const CROWDED_REST_MS = 50;

/**
 * How long the pump waits for more events, so that one statement claims them and those of one referral cost
 * one workflow task.
 */
const LINGER_MS = 15;

export interface PumpOptions extends Sender {
  readonly db: Database;
  /** For the connection that listens for new events. */
  readonly connection: pg.ClientConfig;
  readonly metrics: WorkerMetrics;
  readonly batch: number;
  readonly interval_ms: number;
}

export interface Pump {
  /** Finishes the current batch, then stops. */
  stop(): Promise<void>;
}

/** Hands stored events to their workflows until it is stopped. Any number of pumps may share a database. */
export function startPump(options: PumpOptions): Pump {
  const stopping = new AbortController();
  const bell = createBell();
  const listener = listen(options.connection, 'events', options.log, () => bell.ring());
  const running = (async () => {
    let crowded = false;
    while (!stopping.signal.aborted) {
      const batch: Batch = await pumpOnce(options, crowded).catch((error: unknown) => {
        options.log.error({ err: error }, 'the pump failed and goes on');
        return { full: false, rest_ms: TROUBLE_REST_MS };
      });
      crowded = batch.full;
      if (batch.rest_ms > 0) await bell.wait(batch.rest_ms);
      if (!crowded) await setTimeout(LINGER_MS);
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

interface Batch {
  /** The batch was as large as allowed, so more events may be due. */
  readonly full: boolean;
  readonly rest_ms: number;
}

/** Hands over one batch. `crowded`: there is a backlog, so it first counts the undecided events. */
async function pumpOnce(options: PumpOptions, crowded: boolean): Promise<Batch> {
  const room = crowded ? await roomForEvents(options.db, options.batch) : options.batch;
  if (room === 0) {
    // The bell does not end this rest, because new events would only join the queue.
    await setTimeout(CROWDED_REST_MS);
    return { full: true, rest_ms: 0 };
  }
  const events = await claimEvents(options.db, room);
  if (events.length === 0) return { full: false, rest_ms: options.interval_ms };
  const { handled, unavailable } = await sendBatch(options, events, Date.now());
  await recordHandled(options.db, handled);
  for (const { state } of handled) options.metrics.pumped.inc({ result: state });
  const full = events.length >= room;
  return { full, rest_ms: unavailable ? TROUBLE_REST_MS : full ? 0 : options.interval_ms };
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
          const timer = globalThis.setTimeout(resolve, rest_ms);
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
