import type pg from 'pg';
import { erasedRefusal } from '../../domain/privacy/erasure.ts';
import { createGroupCommit } from '../../platform/group-commit.ts';
import { ApiError } from '../http/errors.ts';
import type { ApiMetrics } from '../http/metrics.ts';
import { unreadableOf } from './details.ts';
import type { Ask, EventRow } from './event-row.ts';
import type { RecordAnswer } from './schema.ts';
import { type Stored, storeEvents } from './statement.ts';

/** Rows of one insert. */
const BATCH_MAX = 500;
/** Events that may wait for their insert: two seconds' worth at five thousand a second. */
const QUEUE_MAX = 10_000;
/** One batch is written while the next one fills. */
const BATCHES_AT_ONCE = 2;

export interface Intake {
  /**
   * Stores an event with others that come at the same time; resolves once it is committed. Throws
   * `overloaded`, `key_reused`, `event_not_kept` or `member_erased`.
   */
  record(row: EventRow): Promise<RecordAnswer>;
  /** Resolves when nothing waits to be stored. */
  idle(): Promise<void>;
}

export function createIntake(pool: pg.Pool, metrics: ApiMetrics, hashSecret: string): Intake {
  const ask: Ask = async (statement) => (await pool.query(statement)).rows;
  const group = createGroupCommit<EventRow, Stored>({
    flush: (rows) => storeEvents(ask, rows, hashSecret),
    batch_max: BATCH_MAX,
    queue_max: QUEUE_MAX,
    concurrency: BATCHES_AT_ONCE,
    observe: (size) => metrics.batchSize.observe({ queue: 'events' }, size),
  });
  return {
    record: (row) =>
      new Promise((resolve, reject) => {
        const accepted = group.push(row, (error, stored) => {
          if (stored === undefined) return reject(error);
          const refused = refusalOf(stored);
          if (refused !== null) return reject(refused);
          resolve(answerOf(row, stored, metrics));
        });
        if (!accepted) {
          reject(new ApiError('overloaded', 'More events wait than can be taken; try again in a second.'));
        }
      }),
    idle: () => group.idle(),
  };
}

function refusalOf({ isErased, isGone, isSame }: Stored): ApiError | null {
  if (isErased) return new ApiError('member_erased', erasedRefusal.message);
  if (isGone) return new ApiError('event_not_kept', 'This event came before, and is not kept any more.');
  return isSame ? null : new ApiError('key_reused', 'This key came before with another event.');
}

function answerOf(row: EventRow, { eventId, replayed, outcome }: Stored, metrics: ApiMetrics): RecordAnswer {
  metrics.events.inc({ result: replayed ? 'replayed' : 'accepted' });
  const unreadable = unreadableOf(row.payload);
  if (!replayed) for (const detail of unreadable) metrics.unreadable.inc({ detail });
  return { eventId, status: outcome === null ? 'accepted' : 'decided', unreadable, outcome, replayed };
}
