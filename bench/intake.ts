import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { newId } from '../platform/ids.ts';
import { connectionConfig } from '../prisma/client.ts';
import { type BenchApi, startBenchApi } from './api-process.ts';
import type { Benchmark } from './benchmark.ts';
import { connectAll } from './database.ts';
import { empty, type Load, load, ROUND_S, sendInto, WARM_UP_S } from './http.ts';

const CONNECTIONS = 64;

/**
 * Events accepted durably over HTTP, one a request, against one-row inserts by as many connections into the
 * same table.
 */
export const intake: Benchmark = {
  name: 'intake',
  unit: 'events/s',
  async prepare() {
    const api = await startBenchApi();
    const owner = new pg.Pool({ connectionString: api.ownerUrl, max: 1 });
    const clients = await connectAll(connectionConfig({ url: api.databaseUrl }), CONNECTIONS);
    await send(api, WARM_UP_S);
    await insert(api, clients, WARM_UP_S);
    const p99s: number[] = [];
    return {
      async ours() {
        const { rate, p99_ms } = await sendInto(owner, 'events', () => send(api, ROUND_S));
        p99s.push(p99_ms);
        return rate;
      },
      async reference() {
        await empty(owner, 'events');
        return await insert(api, clients, ROUND_S);
      },
      notes: () => [
        `p99 ${Math.max(...p99s)} ms in the slowest round, ${CONNECTIONS} connections on both sides`,
      ],
      async close() {
        await Promise.all(clients.map((client) => client.end()));
        await owner.end();
        await api.stop();
      },
    };
  },
};

async function send(api: BenchApi, duration: number): Promise<Load> {
  // autocannon replaces [<id>] with its own id in each request.
  const body = JSON.stringify({
    key: '[<id>]',
    type: 'purchase',
    subject: 'member-1',
    value: { minor: '1250', unit: 'USD' },
  });
  return await load({
    url: `${api.url}/trpc/events.record`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${api.apiKey}` },
    body,
    idReplacement: true,
    connections: CONNECTIONS,
    duration,
  });
}

const INSERT = {
  name: 'one-row',
  text: `WITH taken AS (
           INSERT INTO event_keys (program_id, key_hash, event_id) VALUES ($1, event_key_hash($3), $2)
         )
         INSERT INTO events
           (program_id, id, key, request_hash, type, subject, value_minor, unit, payload, occurred_at)
         VALUES ($1, $2, $3, $4, 'purchase', 'member-1', 1250, 'USD', '{}', now())`,
};

async function insert(api: BenchApi, clients: readonly pg.Client[], duration_s: number): Promise<number> {
  const started_ms = performance.now();
  const until_ms = started_ms + duration_s * 1_000;
  const requestHash = 'f'.repeat(64);
  const counts = await Promise.all(
    clients.map(async (client) => {
      let count = 0;
      for (; performance.now() < until_ms; count += 1) {
        await client.query({ ...INSERT, values: [api.programId, newId(), randomUUID(), requestHash] });
      }
      return count;
    }),
  );
  const elapsed_s = (performance.now() - started_ms) / 1_000;
  return counts.reduce((sum, count) => sum + count, 0) / elapsed_s;
}
