import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { FeedPosition } from '../../domain/feed/position.ts';
import { listen } from '../../platform/listen.ts';
import type { Log } from '../../platform/log.ts';
import { type FeedPage, readFeed } from './read.ts';
import { WATCH_EVERY_MS, watchFeeds } from './watches.ts';

/** NOTIFY announces messages at once; polling finds those it missed, as when its connection broke. */
const POLL_MS = 2_000;
/** Many commits at once cost one look. */
const LOOK_GAP_MS = 20;

/** Who is handed every page of a program's feed, from when they joined. */
export type TailReader = (page: FeedPage) => void;

/** The ends of the feeds that somebody follows: each is read once for all who follow it in this process. */
export interface Tails {
  /**
   * Joins the readers of a program's tail; `position` is where the tail begins when they are the first. Once
   * it resolves, messages are announced; what came before has to be read after that.
   */
  join(programId: string, reader: TailReader, position: FeedPosition): Promise<void>;
  leave(programId: string, reader: TailReader): void;
  /** Does what is due at this time. */
  tick(now_ms: number): void;
  close(): Promise<void>;
}

interface Tail {
  readonly programId: string;
  readonly readers: Set<TailReader>;
  /** Its messages are announced from then on. */
  readonly watched: Promise<void>;
  position: FeedPosition;
  isLooking: boolean;
  /** There was a notice since the look began. */
  isStale: boolean;
}

interface TailDeps {
  readonly connection: pg.ClientConfig;
  readonly pool: pg.Pool;
  readonly log: Log;
}

export function createTails({ connection, pool, log }: TailDeps): Tails {
  const tails = new Map<string, Tail>();
  let [polled_ms, watched_ms] = [0, 0];

  const watch = async (programIds: readonly string[]): Promise<void> => {
    try {
      await watchFeeds(pool, programIds);
    } catch (error) {
      log.warn({ err: error }, 'feeds go on by polling alone');
    }
  };
  const look = (tail: Tail): void => void lookInto(tail, pool, log);
  const listener = listen(connection, 'told', log, (programId) => {
    const tail = tails.get(programId);
    if (tail !== undefined) look(tail);
  });

  return {
    async join(programId, reader, position) {
      const tail = tails.get(programId) ?? newTail(programId, position, watch([programId]));
      tails.set(programId, tail);
      tail.readers.add(reader);
      await tail.watched;
    },
    leave(programId, reader) {
      const tail = tails.get(programId);
      tail?.readers.delete(reader);
      if (tail?.readers.size === 0) tails.delete(programId);
    },
    tick(now_ms) {
      if (tails.size === 0) return;
      if (Math.abs(now_ms - watched_ms) >= WATCH_EVERY_MS) {
        watched_ms = now_ms;
        void watch([...tails.keys()]);
      }
      if (Math.abs(now_ms - polled_ms) < POLL_MS) return;
      polled_ms = now_ms;
      for (const tail of tails.values()) look(tail);
    },
    close: () => listener.close(),
  };
}

const newTail = (programId: string, position: FeedPosition, watched: Promise<void>): Tail => ({
  programId,
  watched,
  position,
  readers: new Set(),
  isLooking: false,
  isStale: false,
});

/** Reads what is new, and again while there are notices. Never rejects: the next poll comes soon. */
async function lookInto(tail: Tail, pool: pg.Pool, log: Log): Promise<void> {
  tail.isStale = true;
  if (tail.isLooking) return;
  tail.isLooking = true;
  try {
    while (tail.isStale && tail.readers.size > 0) {
      tail.isStale = false;
      await readToEnd(tail, pool);
      await pause(LOOK_GAP_MS);
    }
  } catch (error) {
    log.warn({ err: error }, 'a feed could not be read; the next poll comes soon');
  } finally {
    tail.isLooking = false;
  }
}

async function readToEnd(tail: Tail, pool: pg.Pool): Promise<void> {
  let page: FeedPage;
  do {
    page = await readFeed(pool, tail.programId, tail.position);
    tail.position = page.next;
    for (const reader of tail.readers) reader(page);
  } while (!page.isLast && tail.readers.size > 0);
}
