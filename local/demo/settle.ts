import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../user-error.ts';
import type { Bar } from './bar.ts';
import { allOf, PAGE, patiently } from './patience.ts';
import type { Session } from './session.ts';

/** Events that the progress bar looks at. */
const SAMPLE = 100;
const POLL_MS = 250;
const POLL_MAIL_MS = 500;
const STUCK_AFTER_MS = 180_000;
const MAILED_WITHIN_MS = 120_000;
/** How often to count the open events while nothing else shows progress. */
const COUNT_EVERY_MS = 30_000;
const UNDECIDED = ['pending', 'waiting', 'delivered'] as const;

async function isDecided({ client }: Session, key: string): Promise<boolean> {
  const { state } = await patiently(() => client.events.get.query({ key }));
  return !(UNDECIDED as readonly string[]).includes(state);
}

/**
 * Counts how far down a sample of the events all are decided, which is exact enough for a progress bar: they
 * are decided nearly in their order, and each question takes time from the engine.
 */
function createSample(session: Session, keys: readonly string[]): () => Promise<number> {
  const step = Math.max(1, Math.ceil(keys.length / SAMPLE));
  const sample = keys.filter((_, index) => index % step === step - 1);
  let decided = 0;
  return async () => {
    for (let key = sample[decided]; key !== undefined; key = sample[decided]) {
      if (!(await isDecided(session, key))) break;
      decided += 1;
    }
    return sample.length === 0 ? keys.length : Math.floor((decided / sample.length) * keys.length);
  };
}

/** An event of the program that is still to be decided, or null. */
async function openEvent({ client }: Session) {
  const pages = await Promise.all(
    UNDECIDED.map((state) => patiently(() => client.events.list.query({ state, limit: 1 }))),
  );
  return pages.flatMap(({ items }) => items)[0] ?? null;
}

/**
 * Returns the events that are still undecided. There may be many `member.told` events, and the newest of them
 * is the last.
 */
async function countOpen({ client }: Session): Promise<number> {
  let count = 0;
  for (const state of UNDECIDED) {
    count += (await allOf((cursor) => client.events.list.query({ cursor, state, limit: PAGE }))).length;
  }
  return count;
}

/**
 * Whether the number of open events has changed since the last count; it counts when nothing has moved for a
 * while.
 */
function createCount(session: Session): (moved_ms: number) => Promise<boolean> {
  let counted_ms = 0;
  let count = -1;
  return async (moved_ms) => {
    if (performance.now() - Math.max(moved_ms, counted_ms) < COUNT_EVERY_MS) return false;
    const before = count;
    count = await countOpen(session);
    counted_ms = performance.now();
    return count !== before;
  };
}

/**
 * Waits until every event of the program is decided; `keys` are those that the bar is about.
 * Errors: `UserError` when nothing moves for three minutes.
 */
export async function settle(session: Session, keys: readonly string[] = [], bar?: Bar): Promise<void> {
  const decided = createSample(session, keys);
  let trace = '';
  let moved_ms = performance.now();
  const hasChanged = createCount(session);
  for (;;) {
    const open = await openEvent(session);
    if (open === null) break;
    const done = await decided();
    bar?.to(done);
    const now = `${done} ${open.id} ${open.state}`;
    if (now !== trace) moved_ms = performance.now();
    trace = now;
    if (await hasChanged(moved_ms)) moved_ms = performance.now();
    if (performance.now() - moved_ms > STUCK_AFTER_MS) {
      throw new UserError(
        `No event has been decided for three minutes (the first that waits: ${open.key}, ` +
          `${open.state}${open.reason === null ? '' : `, ${open.reason}`}): see the worker’s log, then run ` +
          'the demo again; it goes on where it stopped.',
      );
    }
    await sleep(POLL_MS);
  }
  bar?.to(keys.length);
}

/**
 * Waits until every e-mail has left, or will not. What takes longer than two minutes is left to the sender.
 */
export async function awaitMail({ client }: Session): Promise<void> {
  const until_ms = performance.now() + MAILED_WITHIN_MS;
  for (const state of ['pending', 'sending'] as const) {
    while (performance.now() < until_ms) {
      const { items } = await patiently(() => client.notices.deliveries.query({ state, limit: 1 }));
      if (items.length === 0) break;
      await sleep(POLL_MAIL_MS);
    }
  }
}
