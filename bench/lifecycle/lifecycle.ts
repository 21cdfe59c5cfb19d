import { Client, Connection } from '@temporalio/client';
import type { Benchmark } from '../benchmark.ts';
import { cpuOf_ms } from '../cpu.ts';
import { median, quantile } from '../table.ts';
import { type BenchEngine, startBenchEngine } from './engine.ts';
import { runLifecycles, steadyLatencies, workOffBacklog } from './load.ts';
import { startReference } from './reference.ts';

const COUNT = 300;
const AT_ONCE = 32;
const BACKLOG = 2_000;
const HALF_LOAD_S = 10;

/**
 * How long the peer refref takes for signup and purchase on a machine of this kind. It has neither workflow
 * nor ledger.
 */
const PEER = '73–87';

/**
 * Whole referral lifecycles through the public API, against a bare workflow with the same messages and tasks.
 */
export const lifecycle: Benchmark = {
  name: 'lifecycle',
  unit: 'lifecycles/s',
  async prepare() {
    const engine = await startBenchEngine();
    const reference = await startReference(engine.temporal.address);
    await runLifecycles(engine, COUNT, AT_ONCE);
    await reference.run(COUNT, AT_ONCE);
    const rates: number[] = [];
    const used = { worker: 0, server: 0, lifecycles: 0 };
    return {
      async ours() {
        const worker_ms = cpuOf_ms(engine.workerPid());
        const server_ms = cpuOf_ms(engine.temporal.pid);
        const rate = await runLifecycles(engine, COUNT, AT_ONCE);
        used.worker += cpuOf_ms(engine.workerPid()) - worker_ms;
        used.server += cpuOf_ms(engine.temporal.pid) - server_ms;
        used.lifecycles += COUNT;
        rates.push(rate);
        return rate;
      },
      reference: () => reference.run(COUNT, AT_ONCE),
      notes: () => notes(engine, rates, used),
      async close() {
        await reference.stop();
        await engine.close();
      },
    };
  },
};

async function notes(
  engine: BenchEngine,
  rates: readonly number[],
  used: { worker: number; server: number; lifecycles: number },
) {
  const each = (ms: number) => (ms / used.lifecycles).toFixed(1);
  const latencies = await steadyLatencies(engine, median(rates) / 2, HALF_LOAD_S);
  const history = await historyOfOne(engine);
  const backlog = await workOffBacklog(engine, BACKLOG);
  const ms = (share: number) => quantile(latencies, share).toFixed(0);
  return [
    `one lifecycle: ${history.events} history events, ${history.tasks} workflow tasks`,
    `CPU for one lifecycle: worker ${each(used.worker)} ms, Temporal server ${each(used.server)} ms`,
    `qualifying event to reward on record at half load: p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms ` +
      `(${latencies.length} of them)`,
    `with a backlog of ${BACKLOG} referrals: ${backlog.toFixed(1)} lifecycles/s`,
    `for comparison: refref, without workflow or ledger, does ${PEER} signup-and-purchase pairs/s on ` +
      'such a machine',
  ];
}

/** History events and workflow tasks of the latest referral, until now. */
async function historyOfOne(engine: BenchEngine): Promise<{ events: number; tasks: number }> {
  const { rows } = await engine.db.query<{ id: string }>(
    'SELECT id::text FROM referrals ORDER BY created_at DESC LIMIT 1',
  );
  const connection = await Connection.connect({ address: engine.temporal.address });
  try {
    const history = await new Client({ connection }).workflow
      .getHandle(`referral-${rows[0]?.id}`)
      .fetchHistory();
    const events = history.events ?? [];
    return {
      events: events.length,
      tasks: events.filter((event) => event.workflowTaskCompletedEventAttributes != null).length,
    };
  } finally {
    await connection.close();
  }
}
