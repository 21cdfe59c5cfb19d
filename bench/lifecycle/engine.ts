import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import path from 'node:path';
import pg from 'pg';
import type { Part } from '../../local/supervisor.ts';
import { startTemporalServer } from '../../local/temporal.ts';
import { freePort } from '../../platform/ports.ts';
import { type BenchApi, type BenchProgram, startBenchApi, startBenchService } from '../api-process.ts';

/**
 * The whole engine as `npm start` runs it: API, worker, Temporal on a file, PostgreSQL that syncs every
 * commit.
 */
export interface BenchEngine {
  readonly api: BenchApi;
  readonly temporal: { readonly address: string; readonly pid: number };
  /** Codes of the referrers that signups spread over. */
  readonly codes: readonly string[];
  readonly db: pg.Pool;
  workerPid(): number;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  post(procedure: string, input: unknown): Promise<void>;
  close(): Promise<void>;
}

const REFERRERS = 50;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

export async function startBenchEngine(): Promise<BenchEngine> {
  const api = await startBenchApi();
  const { folder } = api;
  const temporal = await startTemporalServer({
    port: await freePort(),
    dbFile: path.join(folder, 'temporal.db'),
    logFile: path.join(folder, 'temporal.log'),
  });
  const db = new pg.Pool({ connectionString: api.ownerUrl, max: 2 });
  const codes = await makeReferrers(api, REFERRERS);
  const port = await freePort();
  let worker: Part | null = null;
  const engine: BenchEngine = {
    api,
    temporal: { address: temporal.address, pid: temporal.child.pid },
    codes,
    db,
    workerPid: () => worker?.child.pid ?? 0,
    async startWorker() {
      worker = await startBenchService('services/worker.js', folder, port, {
        DATABASE_URL: api.databaseUrl,
        TEMPORAL_ADDRESS: temporal.address,
        WORKER_PORT: String(port),
      });
    },
    async stopWorker() {
      await worker?.stop();
      worker = null;
    },
    post: (procedure, input) => post(api, procedure, input),
    async close() {
      await engine.stopWorker();
      await db.end();
      await temporal.stop();
      await api.stop();
    },
  };
  await engine.startWorker();
  return engine;
}

/**
 * Publishes a policy that rewards at once, so that a lifecycle ends with an available reward, and makes so
 * many referrers. Returns their codes.
 */
export async function makeReferrers({ client }: BenchProgram, count: number): Promise<string[]> {
  const { policy } = await client.policies.builtin.query({});
  const rule = policy.rules[0];
  if (rule === undefined) throw new Error('the built-in policy has no rule');
  const benefit = { kind: 'fixed' as const, amount: { minor: '500', unit: policy.unit } };
  const fraud = {
    ...policy.fraud,
    signups_per_hour_max: 1e6,
    signups_per_day_max: 1e6,
    signups_per_week_max: 1e6,
  };
  await client.policies.publish.mutate({
    policy: { ...policy, fraud, rules: [{ ...rule, benefit, hold_days: 0 }] },
  });
  const codes: string[] = [];
  // One after the other: a busy machine does not let all of them in within the API's second.
  for (let n = 0; n < count; n += 1) {
    codes.push((await client.members.upsert.mutate({ externalId: `referrer-${n}` })).referralCode);
  }
  return codes;
}

/**
 * One call over a kept-alive connection; Node's own client costs the two cores the least. Throws unless it is
 * answered with 200.
 */
function post({ url, apiKey }: BenchApi, procedure: string, input: unknown): Promise<void> {
  const body = JSON.stringify(input);
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'idempotency-key': randomUUID(),
  };
  return new Promise((resolve, reject) => {
    const call = request(`${url}/trpc/${procedure}`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`${procedure} answered ${response.statusCode}`)),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
