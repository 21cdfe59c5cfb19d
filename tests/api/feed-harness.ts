import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll } from 'vitest';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import type { TestApi } from './harness.ts';

/** An event of a feed as it came. */
export interface FeedEvent {
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the wire holds
  readonly data: any;
}

/** What a test follows a feed with. */
export interface OpenFeed {
  readonly status: number;
  readonly headers: Headers;
  /** The next event; null when the stream has ended. */
  next(): Promise<FeedEvent | null>;
  /** Events until one that fits. */
  until(fits: (event: FeedEvent) => boolean): Promise<FeedEvent[]>;
  /** Everything that came, comments too. */
  text(): string;
  /** The rest until the stream ends. */
  rest(): Promise<FeedEvent[]>;
  /** The same, one by one. */
  events(): AsyncGenerator<FeedEvent>;
  close(): Promise<void>;
}

export interface FeedCall {
  readonly token?: string;
  readonly after?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens feeds of the API under test, with its first key unless told otherwise. */
export async function openFeed(
  api: TestApi,
  path: string,
  { token = api.programKey, after, headers = {} }: FeedCall = {},
): Promise<OpenFeed> {
  const ending = new AbortController();
  const response = await fetch(`${api.url}/api/v1${path}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(after === undefined ? {} : { 'last-event-id': after }),
      ...headers,
    },
    signal: ending.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let [all, waiting, hasEnded] = ['', '', false];
  const more = async (): Promise<void> => {
    const { value = '', done = true } = (await reader?.read().catch(() => undefined)) ?? {};
    hasEnded = done;
    all += value;
    waiting += value;
  };
  const next = async (): Promise<FeedEvent | null> => {
    for (;;) {
      const end = waiting.indexOf('\n\n');
      if (end < 0 && hasEnded) return null;
      if (end < 0) await more();
      else {
        const event = eventOf(waiting.slice(0, end));
        waiting = waiting.slice(end + 2);
        if (event !== null) return event;
      }
    }
  };
  const until = async (fits: (event: FeedEvent) => boolean): Promise<FeedEvent[]> => {
    const events: FeedEvent[] = [];
    for (let event = await next(); event !== null; event = await next()) {
      events.push(event);
      if (fits(event)) break;
    }
    return events;
  };
  async function* events(): AsyncGenerator<FeedEvent> {
    for (let event = await next(); event !== null; event = await next()) yield event;
  }
  return {
    events,
    status: response.status,
    headers: response.headers,
    next,
    until,
    rest: () => until(() => false),
    text: () => all,
    async close() {
      ending.abort();
      await reader?.cancel().catch(() => undefined);
    },
  };
}

function eventOf(block: string): FeedEvent | null {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const [id, type, data] = [field('id'), field('event'), field('data')];
  return id === undefined || type === undefined || data === undefined
    ? null
    : { id, type, data: JSON.parse(data) };
}

const closed = (referralId: string): OutboxMessage => ({
  key: `referral.closed:${referralId}`,
  subject: `referral:${referralId}`,
  members: [],
  type: 'referral.closed',
  payload: { referralId },
});

const granted = (rewardId: string, memberId: string): OutboxMessage => ({
  key: `reward.granted:${rewardId}`,
  subject: `member:${memberId}`,
  members: [memberId],
  type: 'reward.granted',
  payload: {
    rewardId,
    memberId,
    referralId: null,
    kind: 'credit',
    label: null,
    amount: { minor: '100', unit: 'USD' },
    source: 'operator',
    ruleId: 'gift',
    status: 'available',
    maturesAt: '2026-01-01T00:00:00.000Z',
  },
});

const INSERT = `
  INSERT INTO outbox (program_id, key, subject, type, payload) VALUES ($1, $2, $3, $4, $5)`;

/** What fills the feeds of the API under test. */
export function useFeedWriters(api: TestApi) {
  const clients: pg.Client[] = [];
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
  });
  const send = (programId: string, messages: readonly OutboxMessage[]) =>
    api.db.$transaction((tx) => tell(tx, programId, messages));

  async function tellClosed(): Promise<string>;
  async function tellClosed(count: number, programId?: string): Promise<string[]>;
  async function tellClosed(count?: number, programId = api.programId): Promise<string | string[]> {
    const ids = Array.from({ length: count ?? 1 }, () => randomUUID());
    await send(programId, ids.map(closed));
    return count === undefined ? (ids[0] ?? '') : ids;
  }

  return {
    tellClosed,
    async tellReward(memberId: string): Promise<string> {
      const rewardId = randomUUID();
      await send(api.programId, [granted(rewardId, memberId)]);
      return rewardId;
    },
    /** A connection whose transactions a test begins and ends itself. */
    async writer() {
      const client = new pg.Client({ connectionString: api.database.url });
      await client.connect();
      clients.push(client);
      const insert = (key: string, subject: string, type: string, payload: object) =>
        client.query(INSERT, [api.programId, key, `referral:${subject}`, type, payload]);
      return {
        /** Takes the transaction's id at once: transactions may end in another order than they begin. */
        begin: () => client.query('BEGIN; SELECT pg_current_xact_id()'),
        end: (how: 'COMMIT' | 'ROLLBACK') => client.query(how),
        async tell(): Promise<string> {
          const referralId = randomUUID();
          await insert(`referral.closed:${referralId}`, referralId, 'referral.closed', { referralId });
          return referralId;
        },
        /** Tells the next message of a subject, which it locks. Returns the subject with its number. */
        async tellNth(referralId: string): Promise<string> {
          await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [referralId]);
          const { rows } = await client.query<{ nth: number }>(
            'SELECT 1 + count(*)::int AS nth FROM outbox WHERE program_id = $1 AND subject = $2',
            [api.programId, `referral:${referralId}`],
          );
          const nth = rows[0]?.nth ?? 0;
          const payload = { referralId, eventId: referralId, nth };
          await insert(`${referralId}:${nth}`, referralId, 'referral.qualified', payload);
          return `${referralId}:${nth}`;
        },
      };
    },
  };
}

type FeedWriter = Awaited<ReturnType<ReturnType<typeof useFeedWriters>['writer']>>;

/** Transactions that overlap those of others, some of them for long, some in vain. Returns what was told. */
export async function writeAtRandom(
  writer: FeedWriter,
  subjects: readonly string[],
  count: number,
): Promise<string[]> {
  const told: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    await writer.begin();
    const subject = subjects[Math.floor(Math.random() * subjects.length)] ?? '';
    const names = [await writer.tellNth(subject), await writer.tellNth(subject)];
    if (Math.random() < 0.3) await pause(Math.random() * 20);
    const isKept = Math.random() < 0.8;
    await writer.end(isKept ? 'COMMIT' : 'ROLLBACK');
    if (isKept) told.push(...names);
  }
  return told;
}

/** Reads a feed in pieces, each broken off at random, until all is read that was there after the writing. */
export async function readAtRandom(
  api: TestApi,
  path: string,
  begin: string,
  writing: Promise<unknown>,
): Promise<FeedEvent['data'][]> {
  const seen: FeedEvent['data'][] = [];
  let [after, isWritten] = [begin, false];
  let open: OpenFeed | null = null;
  void writing.finally(() => {
    isWritten = true;
    // It may wait for a message that nobody writes any more.
    void open?.close();
  });
  for (let isLast = false; !isLast; ) {
    isLast = isWritten;
    const feed = await openFeed(api, path, { after });
    open = feed;
    const piece = Math.floor(Math.random() * 25);
    let taken = 0;
    const events = await feed.until(({ type }) => {
      taken += 1;
      return isLast ? type === 'position' : taken > piece || isWritten;
    });
    after = events.at(-1)?.id ?? after;
    seen.push(...events.flatMap(({ type, data }) => (type === 'position' ? [] : [data])));
    await feed.close();
  }
  return seen;
}

/** Asks for a feed that is refused: the status and the code. */
export async function refusalOf(api: TestApi, path: string, call: FeedCall = {}): Promise<[number, string]> {
  const feed = await openFeed(api, path, call);
  await feed.rest();
  return [feed.status, JSON.parse(feed.text()).code];
}

/** How many streams are open, as metrics say. */
export async function openStreams(api: TestApi): Promise<number> {
  const { text } = await api.send('/metrics', {});
  return Number(/referral_feed_streams (\d+)/.exec(text)?.[1]);
}
