import { randomUUID } from 'node:crypto';
import type { BenchEngine } from './engine.ts';
import { rateOf } from './lanes.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The two events of one lifecycle; each member is new. */
export function lifecycleEvents({ codes }: BenchEngine) {
  const subject = randomUUID();
  // A domain each: many signups from one domain would be sent to review.
  const code = codes[Math.floor(Math.random() * codes.length)];
  return {
    signup: { type: 'signup', key: `s-${subject}`, subject, code, email: `someone@${subject}.example` },
    purchase: { type: 'purchase', key: `p-${subject}`, subject, value: { minor: '2500', unit: 'USD' } },
  };
}

/** A signup and, once it is acknowledged, the purchase: what an integrator sends. */
export async function drive(engine: BenchEngine): Promise<void> {
  const { signup, purchase } = lifecycleEvents(engine);
  await engine.post('events.record', signup);
  await engine.post('events.record', purchase);
}

/** How many rewards of those granted since then, by the database's clock, are available. */
async function availableSince({ db, api }: BenchEngine, since: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: 'available',
    text: `SELECT count(*)::int AS count FROM rewards
           WHERE program_id = $1 AND created_at >= $2 AND status = 'available'`,
    values: [api.programId, since],
  });
  return rows[0]?.count ?? 0;
}

async function clockOf({ db }: BenchEngine): Promise<string> {
  const { rows } = await db.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return rows[0]?.now ?? '';
}

/** The longest wait for rewards before the run is given up, in milliseconds. */
const GIVE_UP_MS = 180_000;
/**
 * The database counts on the cores that the engine runs on, so this queries it no more often than the result
 * needs.
 */
const LOOK_EVERY_MS = 50;

/** How many referrals’ workflows have still to be told what became of these. */
async function untold({ db, api }: BenchEngine): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: 'untold',
    text: 'SELECT count(*)::int AS count FROM referrals WHERE program_id = $1 AND tell_at IS NOT NULL',
    values: [api.programId],
  });
  return rows[0]?.count ?? 0;
}

/**
 * Waits until that many of the rewards granted since then are available, and no workflow is left to be told:
 * nothing is put off past the clock.
 */
async function untilDone(engine: BenchEngine, since: string, count: number): Promise<void> {
  const until_ms = Date.now() + GIVE_UP_MS;
  for (let seen = 0; seen < count; seen = await availableSince(engine, since)) {
    if (Date.now() > until_ms) {
      throw new Error(`only ${seen} of ${count} rewards are available after ${GIVE_UP_MS / 1_000} s`);
    }
    await pause(LOOK_EVERY_MS);
  }
  while ((await untold(engine)) > 0) {
    if (Date.now() > until_ms) throw new Error('workflows are left to be told');
    await pause(LOOK_EVERY_MS);
  }
}

/** Runs that many lifecycles, so many at once, until each has its reward. Returns lifecycles per second. */
export async function runLifecycles(engine: BenchEngine, count: number, atOnce: number): Promise<number> {
  const since = await clockOf(engine);
  return await rateOf(
    count,
    atOnce,
    () => drive(engine),
    () => untilDone(engine, since, count),
  );
}

/**
 * Sends lifecycles at a steady rate. Returns for each the time from its qualifying event to the recorded
 * reward, in milliseconds.
 */
export async function steadyLatencies(
  engine: BenchEngine,
  perSecond: number,
  seconds: number,
): Promise<number[]> {
  const since = await clockOf(engine);
  const started = new Date();
  const count = Math.floor(perSecond * seconds);
  const running: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    running.push(drive(engine));
    await pause(1_000 / perSecond);
  }
  await Promise.all(running);
  await untilDone(engine, since, count);
  const { rows } = await engine.db.query<{ ms: number }>(
    `SELECT extract(epoch FROM decided_at - received_at)::float8 * 1000 AS ms FROM events
     WHERE type = 'purchase' AND received_at >= $1 AND decided_at IS NOT NULL`,
    [started],
  );
  return rows.map(({ ms }) => ms);
}

/** Stores that many lifecycles while no worker runs, then measures the rate at which one works them off. */
export async function workOffBacklog(engine: BenchEngine, count: number): Promise<number> {
  await engine.stopWorker();
  const since = await clockOf(engine);
  for (let sent = 0; sent < count; sent += 200) {
    const events = Array.from({ length: Math.min(200, count - sent) }, () => lifecycleEvents(engine));
    await engine.post('events.recordBatch', {
      events: events.flatMap(({ signup, purchase }) => [signup, purchase]),
    });
  }
  await engine.startWorker();
  const started_ms = performance.now();
  await untilDone(engine, since, count);
  return count / ((performance.now() - started_ms) / 1_000);
}
