import { Readable } from 'node:stream';
import type pg from 'pg';
import { type FeedPosition, isAfter, readUpTo } from '../../domain/feed/position.ts';
import { isNotBefore } from '../../domain/feed/snapshot.ts';
import { type FeedPage, type FeedRow, readFeed } from './read.ts';
import { commentBlock, eventBlock, positionBlock, RETRY_BLOCK } from './sse.ts';
import type { Tails } from './tails.ts';

/** Bytes that wait for a reader; the next message waits until they are fewer. */
const BUFFER_BYTES = 64 * 1_024;
/** Messages that may wait beside; beyond it the stream reads by itself again, at its reader's pace. */
const QUEUE_ROWS_MAX = 2_000;
/** A reader that takes nothing for so long, while something waits, is let go. */
const STALL_MS = 15_000;
const HEARTBEAT_MS = 15_000;
/** How long the last of a stream may take to leave. */
const END_MS = 1_000;

/** What a reader is shown of a message: an event's name and its data as JSON. */
export interface ShownMessage {
  readonly type: string;
  readonly json: string;
}

/** What a stream sends, and from where. */
export interface StreamPlan {
  readonly programId: string;
  /** Null: the reader is shown nothing of this message. */
  readonly show: (row: FeedRow) => ShownMessage | null;
  readonly position: FeedPosition;
  /** The page that was read from there. */
  readonly first: FeedPage;
  /** Ends the connection at once. */
  readonly cut: () => void;
}

export interface StreamDeps {
  readonly pool: pg.Pool;
  readonly tails: Tails;
  readonly now: () => number;
}

/**
 * One reader's feed. It reads by itself until it has caught up, then takes what the program's tail hands to
 * everybody, and reads by itself again when its reader falls behind.
 */
export class FeedStream {
  readonly body: Readable;
  readonly #plan: StreamPlan;
  readonly #deps: StreamDeps;
  /** Everything up to here has been handed to the body. */
  #position: FeedPosition;
  #queue: FeedPage[] = [];
  #isBehind = false;
  #isEnded = false;
  #sent_ms: number;
  #stalled_ms: number | null = null;
  #wake = (): void => undefined;

  constructor(plan: StreamPlan, deps: StreamDeps) {
    this.#plan = plan;
    this.#deps = deps;
    this.#position = plan.position;
    this.#sent_ms = deps.now();
    this.body = new Readable({ highWaterMark: BUFFER_BYTES, read: () => this.#taken() });
    this.body.once('close', () => {
      this.#isEnded = true;
      this.#wake();
    });
    this.body.push(RETRY_BLOCK);
  }

  /** Sends the feed until it ends. Rejects when the database cannot be read. */
  async run(): Promise<void> {
    const { programId, first } = this.#plan;
    const { tails } = this.#deps;
    const take = (page: FeedPage): void => this.#take(page);
    await this.#catchUp(first);
    while (!this.#isEnded) {
      try {
        await tails.join(programId, take, this.#position);
        // What came between the last look and the joining.
        await this.#catchUp();
        this.#sayPosition();
        await this.#goAlong();
      } finally {
        tails.leave(programId, take);
        this.#queue = [];
        this.#isBehind = false;
      }
      await this.#catchUp();
    }
  }

  /** Lets go of a reader that takes nothing, and shows one who hears nothing that the stream is alive. */
  tick(now_ms: number): void {
    if (this.#isEnded) return;
    if (this.#stalled_ms !== null && now_ms - this.#stalled_ms >= STALL_MS) this.#cut();
    else if (now_ms - this.#sent_ms >= HEARTBEAT_MS) this.#push(commentBlock('alive'));
  }

  /** Ends the stream in order: the reader learns where it is, and in a word why. */
  end(reason: string): void {
    if (this.#isEnded) return;
    this.#sayPosition();
    this.#push(commentBlock(reason));
    this.#isEnded = true;
    this.body.push(null);
    this.#wake();
    setTimeout(() => this.#cut(), END_MS).unref();
  }

  #cut(): void {
    this.#plan.cut();
    this.body.destroy();
  }

  #take(page: FeedPage): void {
    if (this.#isBehind) return;
    this.#queue.push(page);
    this.#isBehind = this.#queue.reduce((rows, { rows: { length } }) => rows + length, 0) > QUEUE_ROWS_MAX;
    this.#wake();
  }

  async #catchUp(first?: FeedPage): Promise<void> {
    let page = first;
    while (!this.#isEnded) {
      page ??= await readFeed(this.#deps.pool, this.#plan.programId, this.#position);
      await this.#send(page);
      if (page.isLast) return;
      page = undefined;
    }
  }

  /** Sends what the tail hands over, until the reader falls behind. */
  async #goAlong(): Promise<void> {
    while (!this.#isEnded && !this.#isBehind) {
      const page = this.#queue.shift();
      if (page === undefined) await this.#waking();
      else await this.#send(page);
    }
  }

  /** Sends what lies ahead in a page; a page of an earlier moment has nothing that does. */
  async #send({ rows, upTo, next }: FeedPage): Promise<void> {
    const { seen } = this.#position;
    for (const row of rows) {
      const shown = isAfter(this.#position, row) ? this.#plan.show(row) : null;
      if (shown === null) continue;
      if (this.#isEnded) return;
      this.#position = { seen, part: { upTo, id: row.id } };
      const cursor = { position: this.#position, at_ms: this.#deps.now() };
      this.#push(eventBlock(cursor, shown.type, shown.json));
      while (this.#stalled_ms !== null && !this.#isEnded) await this.#waking();
    }
    if (!this.#isEnded && isNotBefore(upTo, readUpTo(this.#position))) {
      this.#position = next.part === null ? next : { seen, part: next.part };
    }
  }

  #sayPosition(): void {
    this.#push(positionBlock({ position: this.#position, at_ms: this.#deps.now() }));
  }

  #push(block: string): void {
    if (this.#isEnded) return;
    this.#sent_ms = this.#deps.now();
    if (!this.body.push(block)) this.#stalled_ms ??= this.#sent_ms;
  }

  #taken(): void {
    this.#stalled_ms = null;
    this.#wake();
  }

  /** Resolves at the next thing that happens. Only `run` waits, so there is one who does. */
  #waking(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
