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
  const text = await api.metrics();
  return Number(/referral_feed_streams (\d+)/.exec(text)?.[1]);
}
