import { prove } from '../ledger/prove.ts';
import { ensureDatabase } from '../local/app-login.ts';
import { connectionConfig } from '../prisma/client.ts';
import { type Benchmark, warmedUp } from './benchmark.ts';
import { connectAll, rate, startBenchDatabase } from './database.ts';
import {
  anyMember,
  anyMemberOf,
  CLIENTS,
  fill,
  KINDS,
  populate,
  send,
  writeScript,
} from './ledger-postings.ts';
import { createTpcb, findPgbench, runPgbench, tpcbTransaction } from './tpcb.ts';

const ROUND_S = 5;

/**
 * Postings a second, one a call and one a transaction, by 8 connections to random members of 8 programs:
 * grants, which draw on their program's budget, and reserves in turn. The reference is pgbench's TPC-B on the
 * same server with its durability. Both are driven by pgbench, so that what is compared is the work of the
 * server; where there is no pgbench, both by `pg`.
 */
export const ledger: Benchmark = {
  name: 'ledger',
  unit: 'postings/s',
  async prepare() {
    const { server, folder, ownerUrl, url, stop } = await startBenchDatabase();
    const tpcbUrl = await ensureDatabase(server.url, 'tpcb');
    await createTpcb(tpcbUrl, CLIENTS);
    await populate(ownerUrl);
    const clients = await connectAll(connectionConfig({ url }), CLIENTS);
    const tpcbClients = await connectAll({ connectionString: tpcbUrl }, CLIENTS);
    const pgbench = findPgbench();
    const scripts = KINDS.map((kind) => writeScript(folder, kind));

    const byPg = (duration_s: number) =>
      rate(clients, duration_s, (client, turn) => send(client, KINDS[turn % 2] ?? 'grant', anyMember()));
    const ours = (duration_s: number) =>
      pgbench === undefined ? byPg(duration_s) : runPgbench(pgbench, url, CLIENTS, duration_s, scripts);
    const reference = (duration_s: number) =>
      pgbench === undefined
        ? rate(tpcbClients, duration_s, (client) => tpcbTransaction(client, CLIENTS))
        : runPgbench(pgbench, tpcbUrl, CLIENTS, duration_s);
    await fill(clients);
    return {
      ...(await warmedUp({ ours, reference }, { warmUp_s: 3, round_s: ROUND_S })),
      async notes() {
        const grants = await rate(clients, ROUND_S, (client) => send(client, 'grant', anyMemberOf(0)));
        const mixed = await byPg(ROUND_S);
        const simple = pgbench === undefined ? [] : [await unprepared(pgbench, url, scripts, tpcbUrl)];
        const proof = await prove(url);
        if (!proof.ok) throw new Error('the ledger is not in order after the benchmark');
        return [
          `both by ${pgbench === undefined ? 'pg' : 'pgbench, prepared'}, with ${CLIENTS} connections`,
          ...simple,
          `ours by pg, in one Node.js process: ${Math.round(mixed)} /s; grants alone, all on one budget: ` +
            `${Math.round(grants)} /s`,
          `ledger proven afterwards: ${proof.entries.toLocaleString('en')} entries in ` +
            `${proof.elapsed_ms.toLocaleString('en')} ms`,
        ];
      },
      async close() {
        await Promise.all([...clients, ...tpcbClients].map((client) => client.end()));
        await stop();
      },
    };
  },
};

/** How the two compare with pgbench's defaults, by which every statement is parsed and planned anew. */
async function unprepared(pgbench: string, url: string, scripts: readonly string[], tpcbUrl: string) {
  const ours = await runPgbench(pgbench, url, CLIENTS, ROUND_S, scripts, 'simple');
  const reference = await runPgbench(pgbench, tpcbUrl, CLIENTS, ROUND_S, [], 'simple');
  return `nothing prepared, as pgbench comes: ${Math.round(ours)} /s against ${Math.round(reference)} /s`;
}
