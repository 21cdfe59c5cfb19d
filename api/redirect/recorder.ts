import type pg from 'pg';
import { createGroupCommit } from '../../platform/group-commit.ts';
import type { Log } from '../../platform/log.ts';
import { isDatabaseDown, isDataRefused } from '../http/database-errors.ts';
import type { ApiMetrics } from '../http/metrics.ts';
import type { Journal } from './journal.ts';
import { storeTouches, type TouchRow } from './touches.ts';

const BATCH_MAX = 1_000;
/** Clicks that may wait for their batch; one more redirects without being counted. */
const QUEUE_MAX = 20_000;
/**
 * After a failure the journal takes everything for so long, instead of asking the database for every batch.
 */
const DOWN_MS = 1_000;
const REPLAY_EVERY_MS = 2_000;

export interface Recorder {
  /**
   * Records a click; calls back with the click id that counts once it is in the database or on disk, or null
   * when it is lost.
   */
  record(row: TouchRow, done: (clickId: string | null) => void): void;
  /** Stores what the journal holds. False when the database could not take it, or the folder not be used. */
  replay(): Promise<boolean>;
  /** Resolves when nothing waits to be recorded, and stops replaying. */
  close(): Promise<void>;
}

/**
 * Records clicks in batches: in the database, or in the journal while the database is away. Every two seconds
 * the journal's clicks are stored in the database.
 */
export function createRecorder(pool: pg.Pool, journal: Journal, metrics: ApiMetrics, log: Log): Recorder {
  const parts = { pool, journal, metrics, log };
  const group = createGroupCommit<TouchRow, string>({
    flush: createFlush(parts),
    batch_max: BATCH_MAX,
    queue_max: QUEUE_MAX,
    // While PostgreSQL writes one batch, the next one fills. More at once would mean smaller batches, which
    // cost PostgreSQL more.
    concurrency: 2,
    observe: (size) => metrics.batchSize.observe({ queue: 'clicks' }, size),
  });
  let replaying: Promise<boolean> | null = null;
  const replay = (): Promise<boolean> => {
    replaying ??= replayJournal(parts).finally(() => {
      replaying = null;
    });
    return replaying;
  };
  const timer = setInterval(() => void replay(), REPLAY_EVERY_MS);
  timer.unref();
  return {
    record(row, done) {
      const drop = (error?: unknown): void => {
        metrics.clicks.inc({ result: 'dropped' });
        if (error !== undefined) {
          log.error({ err: error }, 'a click could be recorded neither in the database nor on disk');
        }
        done(null);
      };
      const accepted = group.push(row, (error, id) => (id === undefined ? drop(error) : done(id)));
      if (!accepted) drop();
    },
    replay,
    async close() {
      clearInterval(timer);
      await group.idle();
      await replaying;
      await journal.close().catch((error: unknown) => {
        log.error({ err: error }, 'the click journal was left open, and is stored once its lease has ended');
      });
    },
  };
}

interface Parts {
  readonly pool: pg.Pool;
  readonly journal: Journal;
  readonly metrics: ApiMetrics;
  readonly log: Log;
}

/** Stores a batch, in the journal while the database is away. Returns each click's id that counts. */
function createFlush({ pool, journal, metrics, log }: Parts) {
  let down_until_ms = 0;
  return async (rows: readonly TouchRow[]): Promise<readonly string[]> => {
    if (Date.now() >= down_until_ms) {
      try {
        const ids = await storeTouches(pool, rows);
        metrics.clicks.inc({ result: 'recorded' }, rows.length);
        return ids;
      } catch (error) {
        // What it refuses is one batch's own trouble, which the journal looks into.
        if (!isDataRefused(error)) down_until_ms = Date.now() + DOWN_MS;
        log.warn({ err: error, clicks: rows.length }, 'clicks go to the journal');
      }
    }
    await journal.append(rows);
    metrics.clicks.inc({ result: 'journaled' }, rows.length);
    return rows.map((row) => row.id);
  };
}

/** Stores what the journal holds; false when the database could not take it, or the folder not be used. */
async function replayJournal({ pool, journal, metrics, log }: Parts): Promise<boolean> {
  const stored = (clicks: number): void => {
    metrics.clicks.inc({ result: 'replayed' }, clicks);
    log.info({ clicks }, 'clicks from the journal are in the database');
  };
  try {
    await journal.replay((rows) => storeTouches(pool, rows), stored);
    return true;
  } catch (error) {
    if (isDatabaseDown(error)) log.warn({ err: error }, 'the click journal waits for the database');
    else log.error({ err: error }, 'the click journal cannot be used, and is tried again');
    return false;
  }
}
