import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { grantPosting, type Posting, reservePosting } from '../domain/postings.ts';
import { prove } from '../ledger/prove.ts';
import { type Answer, postingsJson } from '../ledger/wire.ts';
import { ensureAppLogin, ensureDatabase } from '../local/app-login.ts';
import { freePort } from '../local/ports.ts';
import { startPostgres } from '../local/postgres.ts';
import { temporaryFolder } from '../local/temporary.ts';
import { connectionConfig } from '../prisma/client.ts';
import { migrate } from '../prisma/migrate.ts';
import type { Benchmark } from './benchmark.ts';
import { createTpcb, findPgbench, runPgbench, tpcbTransaction } from './tpcb.ts';

const CLIENTS = 8;
const MEMBERS = 2_000;
const ROUND_S = 5;
const WARM_UP_S = 3;
const PLENTY_MINOR = 1_000_000_000n;

/**
 * Postings a second, one a call and one a transaction, by 8 connections to random members of one program: grants, which all
 * draw on one budget, and reserves in turn. The reference is pgbench's TPC-B on the same server with its durability.
 */
export const ledger: Benchmark = {
  name: 'ledger',
  unit: 'postings/s',
  async prepare() {
    const folder = temporaryFolder('referral-bench-');
    const server = await startPostgres({
      dataDir: path.join(folder, 'postgres'),
      port: await freePort(),
      password: 'bench',
    });
    const tpcbUrl = await ensureDatabase(server.url, 'tpcb');
    await createTpcb(tpcbUrl, CLIENTS);
    const ownerUrl = await ensureDatabase(server.url, 'bench');
    await migrate(ownerUrl);
    const url = await ensureAppLogin(ownerUrl, 'bench_app', 'bench_app');
    const { programId, members } = await populate(ownerUrl);
    const pgbench = findPgbench();
    const ourClients = await connectAll(connectionConfig({ url }));
    const tpcbClients = pgbench === undefined ? await connectAll({ connectionString: tpcbUrl }) : [];

    const postOne = (client: pg.Client, turn: number) => postRandom(client, programId, members, turn);
    const ours = (duration_s: number) => rate(ourClients, duration_s, postOne);
    const reference = (duration_s: number) =>
      pgbench === undefined
        ? rate(tpcbClients, duration_s, (client) => tpcbTransaction(client, CLIENTS))
        : runPgbench(pgbench, tpcbUrl, CLIENTS, duration_s);
    await fill(ourClients, programId, members);
    await ours(WARM_UP_S);
    await reference(WARM_UP_S);
    return {
      ours: () => ours(ROUND_S),
      reference: () => reference(ROUND_S),
      async notes() {
        const grants = await rate(ourClients, ROUND_S, (client) => postOne(client, 0));
        const proof = await prove(url);
        if (!proof.ok) throw new Error('the ledger is not in order after the benchmark');
        return [
          `grants alone, all on one budget: ${Math.round(grants)} /s`,
          `reference by ${pgbench === undefined ? 'pg, with the same statements' : 'pgbench, prepared'}; both with ${CLIENTS} connections`,
          `ledger proven afterwards: ${proof.entries.toLocaleString('en')} entries in ${proof.elapsed_ms.toLocaleString('en')} ms`,
        ];
      },
      async close() {
        await Promise.all([...ourClients, ...tpcbClients].map((client) => client.end()));
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

async function connectAll(config: pg.ClientConfig): Promise<pg.Client[]> {
  const clients = Array.from({ length: CLIENTS }, () => new pg.Client(config));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

/** A program and its members. */
async function populate(ownerUrl: string): Promise<{ programId: string; members: readonly string[] }> {
  const programId = randomUUID();
  const members = Array.from({ length: MEMBERS }, () => randomUUID());
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const program = `INSERT INTO programs (id, slug, name, default_destination) VALUES ($1, 'bench', 'Bench', 'https://example.com')`;
  await client.query(program, [programId]);
  await client.query(
    `INSERT INTO members (program_id, id, external_id, referral_code) SELECT $1, id, id::text, id::text FROM unnest($2::uuid[]) AS m (id)`,
    [programId, members],
  );
  await client.end();
  return { programId, members };
}

/** Gives every member something to reserve, and by that makes all accounts. */
async function fill(
  [client]: readonly pg.Client[],
  programId: string,
  members: readonly string[],
): Promise<void> {
  if (client === undefined) return;
  for (const memberId of members) {
    await send(client, programId, grant(memberId, PLENTY_MINOR));
    await send(client, programId, reserve(memberId));
  }
}

function postRandom(
  client: pg.Client,
  programId: string,
  members: readonly string[],
  turn: number,
): Promise<void> {
  const memberId = members[Math.floor(Math.random() * members.length)] ?? '';
  return send(client, programId, turn % 2 === 0 ? grant(memberId, 100n) : reserve(memberId));
}

function grant(memberId: string, amount_minor: bigint): Posting {
  const common = {
    key: `grant:${randomUUID()}`,
    unit: 'USD',
    amount_minor,
    memberId,
    occurred_at_ms: Date.now(),
  };
  return grantPosting({ ...common, held: amount_minor < PLENTY_MINOR, lot_expires_at_ms: null });
}

function reserve(memberId: string): Posting {
  return reservePosting({
    key: `reserve:${randomUUID()}`,
    unit: 'USD',
    amount_minor: 1n,
    memberId,
    occurred_at_ms: Date.now(),
  });
}

async function send(client: pg.Client, programId: string, posting: Posting): Promise<void> {
  const query = {
    name: 'post',
    text: 'SELECT ledger_post($1, $2) AS answer',
    values: [programId, postingsJson([posting])],
  };
  const { rows } = await client.query<{ answer: Answer }>(query);
  const answer = rows[0]?.answer;
  if (answer?.ok !== true) throw new Error(`a posting was refused: ${answer?.code}`);
}

/** How often a second the clients, all at once, get `work` done. */
async function rate(
  clients: readonly pg.Client[],
  duration_s: number,
  work: (client: pg.Client, turn: number) => Promise<void>,
): Promise<number> {
  const started_ms = performance.now();
  const until_ms = started_ms + duration_s * 1_000;
  const counts = await Promise.all(
    clients.map(async (client) => {
      let count = 0;
      for (; performance.now() < until_ms; count += 1) await work(client, count);
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - started_ms) / 1_000);
}
