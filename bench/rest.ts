import { freePort } from '../platform/ports.ts';
import { startBenchApi, startBenchService } from './api-process.ts';
import type { Benchmark } from './benchmark.ts';
import { load, ROUND_S, WARM_UP_S } from './http.ts';

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
    const memberRoute = {
      url: `${api.url}/api/v1/members/${id}`,
      headers: { authorization: `Bearer ${api.apiKey}` },
      connections: CONNECTIONS,
    };
    const bareRoute = { url: `http://127.0.0.1:${port}/${api.programId}/${id}`, connections: CONNECTIONS };
    const p99s: number[] = [];
    await load({ ...memberRoute, duration: WARM_UP_S });
    await load({ ...bareRoute, duration: WARM_UP_S });
    return {
      async ours() {
        const { rate, p99_ms } = await load({ ...memberRoute, duration: ROUND_S });
        p99s.push(p99_ms);
        return rate;
      },
      reference: async () => (await load({ ...bareRoute, duration: ROUND_S })).rate,
      notes: () => [`p99 ${Math.max(...p99s)} ms in the slowest round, ${CONNECTIONS} connections`],
      async close() {
        await bare.stop();
        await api.stop();
      },
    };
  },
};
