import autocannon from 'autocannon';
import { freePort } from '../local/ports.ts';
import { startBenchApi, startBenchService } from './api-process.ts';
import type { Benchmark } from './benchmark.ts';
import { ROUND_S, WARM_UP_S } from './http.ts';

const CONNECTIONS = 64;

/** Members read over REST with a key, one a request, against a bare Fastify route with the same one query. */
export const rest: Benchmark = {
  name: 'rest',
  unit: 'requests/s',
  async prepare() {
    const api = await startBenchApi();
    const port = await freePort();
    const bare = await startBenchService('bench/bare-member.js', api.folder, port, {
      PORT: String(port),
      DATABASE_URL: api.databaseUrl,
    });
    const { id } = await api.client.members.upsert.mutate({ externalId: 'ann', email: 'ann@shop.example' });
    const target = `${api.url}/api/v1/members/${id}`;
    const reference = `http://127.0.0.1:${port}/${api.programId}/${id}`;
    const headers = { authorization: `Bearer ${api.apiKey}` };
    const p99s: number[] = [];
    await load(target, WARM_UP_S, headers);
    await load(reference, WARM_UP_S);
    return {
      async ours() {
        const { rate, p99_ms } = await load(target, ROUND_S, headers);
        p99s.push(p99_ms);
        return rate;
      },
      reference: async () => (await load(reference, ROUND_S)).rate,
      notes: () => [`p99 ${Math.max(...p99s)} ms in the slowest round, ${CONNECTIONS} connections`],
      async close() {
        await bare.stop();
        await api.stop();
      },
    };
  },
};

async function load(url: string, duration: number, headers: Readonly<Record<string, string>> = {}) {
  const result = await autocannon({ url, headers, connections: CONNECTIONS, duration });
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${url}: ${result.errors} errors, ${result.non2xx} refused`);
  }
  return { rate: result['2xx'] / result.duration, p99_ms: result.latency.p99 };
}
