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
  return {
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
