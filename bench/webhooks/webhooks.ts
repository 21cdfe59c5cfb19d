import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { sendOutbound } from '../../platform/outbound.ts';
import { freePort } from '../../platform/ports.ts';
import { startBenchService } from '../api-process.ts';
import type { Benchmark } from '../benchmark.ts';

import { type BenchEngine, startBenchEngine } from '../lifecycle/engine.ts';
import { residentMb } from '../memory.ts';

const BACKLOG = 100_000;
/** As many subjects as a program has referrals under way at once. */
const SUBJECTS = 5_000;
const BARE_CALLS = 30_000;
/** As many as the engine has under way to one endpoint. */
const CONNECTIONS = 16;

interface Seen {
  readonly count: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly body: string;
}

/**
 * A backlog of messages to one endpoint, from the first call to the last, against the same client that posts
 * the same body in a loop over as many connections.
 */
export const webhooks: Benchmark = {
  name: 'webhooks',
  unit: 'deliveries/s',
  async prepare() {
    const engine = await startBenchEngine();
    const owner = new pg.Pool({ connectionString: engine.api.ownerUrl, max: 1 });
    const port = await freePort();
    const receiver = await startBenchService('bench/webhooks/receiver.js', engine.api.folder, port, {
      PORT: String(port),
    });
    const url = `http://127.0.0.1:${port}`;
    const ask = async (path: string) => (await (await fetch(url + path)).json()) as Seen;
    await engine.api.client.webhooks.create.mutate({ url });
    const memories: string[] = [];
    return {
      async ours() {
        await engine.stopWorker();
        await fillOutbox(owner, engine.api.programId);
        await ask('/forget');
        await engine.startWorker();
        memories.push(await watchMemory(engine, async () => (await ask('/seen')).count));
        const { count, first_ms, last_ms } = await ask('/seen');
        await expectRecorded(owner);
        return (count - 1) / ((last_ms - first_ms) / 1_000);
      },
      async reference() {
        const { body } = await ask('/seen');
        await ask('/forget');
        await postAll(url, body);
        const { count, first_ms, last_ms } = await ask('/seen');
        return (count - 1) / ((last_ms - first_ms) / 1_000);
      },
      notes: () => [
        `${CONNECTIONS} connections`,
        `the worker’s memory at a fifth, a half and the end: ${memories.join('; ')}`,
      ],
      async close() {
        await owner.end();
        await receiver.stop();
        await engine.close();
      },
    };
  },
};

/** Tells of so many things at once; the trigger queues them. */
async function fillOutbox(owner: pg.Pool, programId: string): Promise<void> {
  await owner.query('TRUNCATE webhook_deliveries');
  await owner.query(
    `INSERT INTO outbox (program_id, key, subject, type, payload)
     SELECT $1::uuid, 'bench:' || gen_random_uuid(), 'referral:' || n % ${SUBJECTS}, 'referral.qualified',
       jsonb_build_object('referralId', uuidv7(), 'eventId', uuidv7(), 'nth', n)
     FROM generate_series(1, ${BACKLOG}) n`,
    [programId],
  );
  await owner.query('VACUUM ANALYZE outbox, webhook_deliveries');
}

/** Waits until all have come, and reads the worker's memory on the way. */
async function watchMemory(engine: BenchEngine, seen: () => Promise<number>): Promise<string> {
  const readings: string[] = [];
  for (const part of [0.2, 0.5, 1]) {
    while ((await seen()) < BACKLOG * part) await setTimeout(50);
    readings.push(`${Math.round(residentMb(engine.workerPid()))} MB`);
  }
  return readings.join(', ');
}

/** Throws unless every message is on record as delivered. */
async function expectRecorded(owner: pg.Pool): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { rows } = await owner.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM webhook_deliveries WHERE state <> 'delivered'`,
    );
    if (rows[0]?.open === 0) return;
    if (tries === 100) throw new Error(`${rows[0]?.open} messages are not on record as delivered`);
    await setTimeout(50);
  }
}

async function postAll(url: string, body: string): Promise<void> {
  let left = BARE_CALLS;
  const headers = { 'content-type': 'application/json' };
  const call = { url, headers, body, timeout_ms: 15_000, body_bytes_max: 1_024, allowInternal: true };
  const loop = async (): Promise<void> => {
    for (; left > 0; left -= 1) await sendOutbound({ ...call, method: 'POST', keepAlive: true });
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
}
