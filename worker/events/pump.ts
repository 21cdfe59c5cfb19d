import type pg from 'pg';
import type { Transactor } from '../../engine/transaction.ts';
import { listen } from '../../platform/listen.ts';
import type { Database } from '../../prisma/client.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { type Sender, sendBatch } from './batch.ts';
import type { PumpBell } from './bell.ts';
import { claimEvents } from './claim.ts';
import { withoutErased } from './erased.ts';
import { recordHandled } from './record.ts';
import { createUnderDecision, type ParcelLimits, type UnderDecision } from './under-way.ts';

/** How long the pump rests after a failure of the database or of Temporal. */
const TROUBLE_REST_MS = 1_000;

/** How long the pump waits for decisions at most; those of other workers do not ring its bell. */
const CROWDED_REST_MS = 50;

/**
 * How long the pump waits for more events, so that one statement claims them and those of one referral cost
 * one workflow task. As long as its last round took, within these: the busier the machine, the more one round
 * takes along.
 */
const LINGER_MS = { min: 15, max: 100 } as const;
/** In a backlog events are together anyway. */
const CROWDED_LINGER_MS = 3;

export interface PumpOptions extends Sender, Pick<Transactor, 'countDecision'> {
  readonly db: Database;
  /** Keys the hashes of the do-not-track list. */
  readonly hashSecret: string;
  /** For the connection that listens for new events. */
  readonly connection: pg.ClientConfig;
  readonly metrics: WorkerMetrics;
  readonly bell: PumpBell;
  /** Workflows with events under decision at once, while more wait. */
  readonly limits: ParcelLimits;
  readonly interval_ms: number;
}

export interface Pump {
  /** Finishes the current batch and what the keeper took, then stops. */
  stop(): Promise<void>;
}

/** Hands stored events to their workflows until it is stopped. Any number of pumps may share a database. */
export function startPump(options: PumpOptions): Pump {
  const { bell } = options;
  const stopping = new AbortController();
  const listener = listen(options.connection, 'events', options.log, () => bell.ring());
  const underDecision = createUnderDecision(options.db, options.limits);
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const begun_ms = performance.now();
      const rest_ms = await pumpOnce(options, underDecision).catch((error: unknown) => {
        options.log.error({ err: error }, 'the pump failed and goes on');
        return TROUBLE_REST_MS;
      });
      if (rest_ms === 0) continue;
      const took_ms = performance.now() - begun_ms;
      await bell.wait(rest_ms, rest_ms === CROWDED_REST_MS ? CROWDED_LINGER_MS : lingerAfter(took_ms));
    }
  })();
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await listener.close();
      await running;
      await options.keeper.idle();
    },
  };
}

const lingerAfter = (took_ms: number) => Math.max(LINGER_MS.min, Math.min(took_ms, LINGER_MS.max));

/** Hands over what there is room for. Returns how long to rest, in milliseconds. */
async function pumpOnce(options: PumpOptions, underDecision: UnderDecision): Promise<number> {
  const { db, bell, metrics, interval_ms } = options;
  const room = await underDecision.look(Date.now());
  bell.afterDecisions(Number.POSITIVE_INFINITY);
  const claimed = await claimEvents(db, room);
  const events = await withoutErased(options, claimed);
  const { handled, unavailable } = await sendBatch(options, events, Date.now());
  await recordHandled(db, handled);
  underDecision.note(events, handled, Date.now());
  for (const { state } of handled) metrics.pumped.inc({ result: state });
  if (unavailable) return TROUBLE_REST_MS;
  if (room.room > 0 && claimed.length < room.room) return interval_ms;
  const decisions = underDecision.decisionsToRoom(Date.now());
  if (decisions === 0) return 0;
  bell.afterDecisions(decisions);
  return CROWDED_REST_MS;
}
