import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ReferralClient } from '../../api/client.ts';
import type { BenchProgram } from '../api-process.ts';
import type { Benchmark } from '../benchmark.ts';
import { type BenchEngine, makeReferrers, startBenchEngine } from '../lifecycle/engine.ts';
import { lifecycleEvents } from '../lifecycle/load.ts';
import { median, quantile } from '../table.ts';

/** What waits of program A while an event of B is decided. */
const BACKLOG = 20_000;
/** Lifecycles, of two events each, that one call stores. */
const STORED_AT_ONCE = 200;
/** Events of B in one turn, one after the other; their median is the turn's. */
const EVENTS = 5;
const WAIT_MS = 10_000;
const GIVE_UP_MS = 900_000;

/** An event of program B behind 20,000 of program A, against the same event on an idle engine. */
export const fair: Benchmark = {
  name: 'fair',
  unit: 'ms',
  rounds: 9,
  async prepare() {
    const engine = await startBenchEngine();
    const other = await engine.api.addProgram('other');
    const [code = ''] = await makeReferrers(other, 1);
    const behind: number[] = [];
    const firsts: number[] = [];
    const decide = () => decideSome(other, code);
    await decide();
    return {
      async ours() {
        await fillBacklog(engine);
        const times = await decide();
        behind.push(...times);
        firsts.push(times[0] ?? 0);
        return median(times);
      },
      async reference() {
        await emptyBacklog(engine);
        return median(await decide());
      },
      notes: () => [
        `behind the backlog: p50 ${quantile(behind, 0.5).toFixed(0)} ms, ` +
          `slowest ${Math.max(...behind).toFixed(0)} ms, of ${behind.length} events`,
        `the first of each turn, which finds the machine full: p50 ${quantile(firsts, 0.5).toFixed(0)} ms`,
      ],
      close: () => engine.close(),
    };
  },
};

/** Signups of B, each sent once the one before is decided. Returns the time of each, in milliseconds. */
async function decideSome({ client }: BenchProgram, code: string): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < EVENTS; n += 1) {
    const subject = randomUUID();
    const signup = { type: 'signup', key: subject, subject, code, email: `someone@${subject}.example` };
    const started_ms = performance.now();
    await decided(client, signup);
    times.push(performance.now() - started_ms);
  }
  return times;
}

/** Sends an event, again and again until it is decided: the API waits for no longer than that. */
async function decided(client: ReferralClient, event: Readonly<Record<string, unknown>>): Promise<void> {
  for (const until_ms = Date.now() + GIVE_UP_MS; Date.now() < until_ms; ) {
    const { status } = await client.events.record.mutate({ ...event, wait_ms: WAIT_MS } as never);
    if (status === 'decided') return;
  }
  throw new Error(`a signup was not decided within ${GIVE_UP_MS / 1_000} s`);
}

/** Makes what an earlier turn set aside due again, and stores more until so many events of A wait. */
async function fillBacklog(engine: BenchEngine): Promise<void> {
  await engine.db.query(
    `UPDATE events SET state = 'pending', due_at = now() WHERE program_id = $1 AND state = 'parked'`,
    [engine.api.programId],
  );
  while ((await openEvents(engine)) < BACKLOG) {
    const events = Array.from({ length: STORED_AT_ONCE }, () => lifecycleEvents(engine));
    await engine.post('events.recordBatch', {
      events: events.flatMap(({ signup, purchase }) => [signup, purchase]),
    });
  }
}

/** Sets aside whatever of A no pump has taken yet, and waits until the rest is decided. */
async function emptyBacklog(engine: BenchEngine): Promise<void> {
  await engine.db.query(
    `UPDATE events SET state = 'parked' WHERE program_id = $1 AND state = 'pending' AND attempts = 0`,
    [engine.api.programId],
  );
  while ((await openEvents(engine)) > 0) await setTimeout(100);
}

/** How many events of A are neither decided nor set aside. */
async function openEvents({ db, api }: BenchEngine): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM events
     WHERE program_id = $1 AND state IN ('pending', 'waiting', 'delivered')`,
    [api.programId],
  );
  return rows[0]?.count ?? 0;
}
