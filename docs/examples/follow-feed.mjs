/**
 * Follows a feed by `fetch`, which can send a header where `EventSource` cannot. Calls `onEvent` with
 * `{ id, type, data }` for each event, in order and each once, and comes again where it was when the stream
 * ends or breaks. Ends when `signal` says so. Throws an error with `code` when there is nothing to come again
 * for: the token is not good any more, or (`cursor_gone`) the lists have to be read anew.
 *
 * @param {{ url: string, token: string, onEvent: (event: { id: string, type: string, data: any }) => void,
 *   after?: string, signal?: AbortSignal }} feed
 */
export async function followFeed({ url, token, onEvent, after, signal }) {
  const at = { place: after, wait_ms: 2_000 };
  while (!signal?.aborted) {
    await followOnce({ url, token, onEvent, signal }, at);
    await pause(at.wait_ms, signal);
  }
}

/** Follows one stream to its end, whatever ends it, and notes in `at` how far that was. */
async function followOnce({ url, token, onEvent, signal }, at) {
  const place = at.place === undefined ? {} : { 'last-event-id': at.place };
  const headers = { authorization: `Bearer ${token}`, ...place };
  const response = await fetch(url, { headers, signal }).catch(() => null);
  if (response === null) return;
  if (!response.ok) {
    at.wait_ms = await waitOrThrow(response);
    return;
  }
  for await (const { id, type, data, retry } of eventsOf(response.body)) {
    if (retry !== undefined) at.wait_ms = Number(retry);
    if (data === undefined) continue;
    onEvent({ id, type, data: JSON.parse(data) });
    at.place = id;
  }
}

/** How long to wait before it is worth coming again; throws when it is not. */
async function waitOrThrow(response) {
  if (response.status === 429 || response.status >= 500) {
    return 1_000 * Number(response.headers.get('retry-after') ?? 5);
  }
  const { code = 'unknown', detail } = await response.json();
  throw Object.assign(new Error(detail), { code });
}

/** The events of a stream: what stands between empty lines. A stream that breaks ends. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
    const blocks = (text + value).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block) {
  const lines = block.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line) ?? []);
  const { id, event: type, data, retry } = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
  return { id, type, data, retry };
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}
