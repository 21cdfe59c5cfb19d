import type { Readable } from 'node:stream';
import type pg from 'pg';
import { FEED_REACH_MS, type FeedPosition, parseCursor, readUpTo } from '../../domain/feed/position.ts';
import type { Log } from '../../platform/log.ts';
import { ApiError, classify } from '../http/errors.ts';
import type { ApiMetrics } from '../http/metrics.ts';
import { type Holder, Places } from './places.ts';
import { endOfFeed, readFeed } from './read.ts';
import { FeedStream, type StreamPlan } from './stream.ts';
import { createTails } from './tails.ts';

const TICK_MS = 500;
/**
 * A stream ends by itself after this, and is taken up again; up to a fifth later, so that not all do at once.
 */
const LIFE_MS = 5 * 60_000;
/** How often it is asked whether the holder still may: keys are in a cache, a member is a query. */
const RECHECK_MS = { key: 3_000, member: 30_000 } as const;

/** What a reader asks for. */
export interface FeedRequest extends Pick<StreamPlan, 'programId' | 'show' | 'cut'> {
  readonly holder: Holder;
  /** The cursor after which to begin; undefined: now. */
  readonly after: string | undefined;
  /** Throws when the holder may not read any more. */
  readonly recheck: () => Promise<unknown>;
}

export interface Feeds {
  /**
   * The body of a stream. Throws `input_invalid` or `cursor_gone` for a cursor, and `too_many_streams` or
   * `overloaded`.
   */
  open(request: FeedRequest): Promise<Readable>;
  /** Ends every stream, and opens no more. */
  close(): Promise<void>;
}

export interface FeedDeps {
  readonly connection: pg.ClientConfig;
  readonly pool: pg.Pool;
  readonly log: Log;
  readonly metrics: ApiMetrics;
  readonly now: () => number;
}

/** An open stream, and when what is due to it. */
interface OpenStream {
  readonly stream: FeedStream;
  readonly request: FeedRequest;
  readonly end_ms: number;
  recheck_ms: number;
}

/** Serves feeds: every stream of this process, and one clock for all of them. */
export function createFeeds(deps: FeedDeps): Feeds {
  const { pool, log, metrics, now } = deps;
  const places = new Places();
  const tails = createTails(deps);
  const streams = new Set<OpenStream>();
  let isClosed = false;

  const clock = setInterval(() => {
    const now_ms = now();
    tails.tick(now_ms);
    for (const open of streams) tick(open, now_ms);
  }, TICK_MS);
  clock.unref();

  const start = (plan: StreamPlan, request: FeedRequest, leave: () => void): Readable => {
    const stream = new FeedStream(plan, { pool, tails, now });
    const began_ms = now();
    const open = {
      stream,
      request,
      end_ms: began_ms + LIFE_MS * (1 + Math.random() / 5),
      recheck_ms: began_ms + RECHECK_MS[request.holder.noun],
    };
    streams.add(open);
    metrics.feedStreams.set(streams.size);
    stream.body.once('close', () => {
      streams.delete(open);
      metrics.feedStreams.set(streams.size);
      leave();
    });
    stream.run().catch((error) => {
      log.warn({ err: error }, 'a stream ends, since its feed cannot be read');
      stream.end(classify(error).code);
    });
    return stream.body;
  };

  return {
    async open(request) {
      if (isClosed) throw new ApiError('overloaded', 'This process is closing; try again.');
      const leave = places.take(request.holder);
      try {
        const { programId, after, show, cut } = request;
        const position = after === undefined ? await endOfFeed(pool) : positionOf(after, now());
        const first = await readFeed(pool, programId, position);
        if (readUpTo(position).xmax > first.now.xmax) throw gone('is of another database');
        if (isClosed) throw new ApiError('overloaded', 'This process is closing; try again.');
        return start({ programId, show, position, first, cut }, request, leave);
      } catch (error) {
        leave();
        throw error;
      }
    },
    async close() {
      isClosed = true;
      clearInterval(clock);
      for (const { stream } of streams) stream.end('closing');
      await tails.close();
    },
  };
}

function tick(open: OpenStream, now_ms: number): void {
  const { stream, request, end_ms, recheck_ms } = open;
  if (now_ms >= end_ms) stream.end('come again');
  stream.tick(now_ms);
  if (now_ms < recheck_ms) return;
  open.recheck_ms = now_ms + RECHECK_MS[request.holder.noun];
  request.recheck().catch((error) => {
    const { code } = classify(error);
    // Whoever cannot be asked about goes on until they can be.
    if (code !== 'database_unavailable' && code !== 'jwks_unavailable') stream.end(code);
  });
}

/** The position of a cursor. Throws `input_invalid` or `cursor_gone`. */
function positionOf(text: string, now_ms: number): FeedPosition {
  const cursor = parseCursor(text);
  if (cursor === null) {
    const issue = { path: 'after', message: 'unknown cursor' };
    throw new ApiError('input_invalid', 'The cursor is not one that a feed gave.', [issue]);
  }
  if (now_ms - cursor.at_ms > FEED_REACH_MS) throw gone('is more than seven days old');
  return cursor.position;
}

const gone = (why: string): ApiError =>
  new ApiError('cursor_gone', `The cursor ${why}: read the lists again, and begin the feed without one.`);
