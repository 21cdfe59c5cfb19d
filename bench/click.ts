import autocannon from 'autocannon';
import pg from 'pg';
import { freePort } from '../platform/ports.ts';
import { type BenchApi, startBenchApi, startBenchService } from './api-process.ts';
import type { Benchmark } from './benchmark.ts';
import { type Load, ROUND_S, sendInto, WARM_UP_S } from './http.ts';

/** Visitors at once: their clicks share commits, and with fewer the API waits for the disk. */
const CONNECTIONS = 200;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Redirects a second with every click in PostgreSQL, against a bare Fastify redirect. */
export const clickBenchmark: Benchmark = {
  name: 'click',
  unit: 'redirects/s',
  async prepare() {
    const api = await startBenchApi();
    const port = await freePort();
    const bare = await startBenchService('bench/bare-redirect.js', api.folder, port, { PORT: String(port) });
    const pool = new pg.Pool({ connectionString: api.ownerUrl, max: 1 });
    const target = `${api.url}/r/${await makeLink(api)}`;
    const reference = `http://127.0.0.1:${port}/r/abcdefg`;
    await load(target, WARM_UP_S);
    await load(reference, WARM_UP_S);
    const p99s: number[] = [];
    let recorded = 0;
    return {
      async ours() {
        const { rate, p99_ms, stored } = await sendInto(pool, 'touches', () => load(target, ROUND_S));
        recorded += stored;
        p99s.push(p99_ms);
        return rate;
      },
      reference: async () => (await load(reference, ROUND_S)).rate,
      notes: () => [
        `p99 ${Math.max(...p99s)} ms in the slowest round, ${CONNECTIONS} connections`,
        `${recorded} clicks found in PostgreSQL, none missing`,
      ],
      async close() {
        await pool.end();
        await bare.stop();
        await api.stop();
      },
    };
  },
};

async function makeLink(api: BenchApi): Promise<string> {
  const member = await api.client.members.upsert.mutate({ externalId: 'referrer' });
  return member.referralCode;
}

async function load(url: string, duration: number): Promise<Load> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    headers: { 'user-agent': BROWSER },
  });
  if (result.errors > 0 || result['4xx'] > 0 || result['5xx'] > 0) {
    throw new Error(`${url}: ${result.errors} errors, ${result['4xx']} refused, ${result['5xx']} failed`);
  }
  return { rate: result['3xx'] / result.duration, p99_ms: result.latency.p99, answers: result['3xx'] };
}
