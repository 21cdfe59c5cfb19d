import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { grantPosting, type Posting, reservePosting } from '../domain/postings.ts';
import { prove } from '../ledger/prove.ts';
import { type Answer, postingsJson } from '../ledger/wire.ts';
import { ensureDatabase } from '../local/app-login.ts';
import { connectionConfig } from '../prisma/client.ts';
import type { Benchmark } from './benchmark.ts';
import { rate, startBenchDatabase } from './database.ts';
import { createTpcb, findPgbench, runPgbench, tpcbTransaction } from './tpcb.ts';

const CLIENTS = 8;
const MEMBERS = 2_000;
const ROUND_S = 5;
const WARM_UP_S = 3;
const PLENTY_MINOR = 1_000_000_000n;

/**
 * Postings a second, one a call and one a transaction, by 8 connections to random members of one program: grants, which all
 * draw on one budget, and reserves in turn. The reference is pgbench's TPC-B on the same server with its durability. Both are
 * driven by pgbench, so that what is compared is the work of the server; where there is no pgbench, both by `pg`.
 */
export const ledger: Benchmark = {
  name: 'ledger',
  unit: 'postings/s',
  async prepare() {
    const { server, folder, ownerUrl, url, stop } = await startBenchDatabase();
    const tpcbUrl = await ensureDatabase(server.url, 'tpcb');
    await createTpcb(tpcbUrl, CLIENTS);
    await populate(ownerUrl);
    const clients = await connectAll(connectionConfig({ url }));
    const tpcbClients = await connectAll({ connectionString: tpcbUrl });
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
    await ours(WARM_UP_S);
    await reference(WARM_UP_S);
    return {
      ours: () => ours(ROUND_S),
      reference: () => reference(ROUND_S),
      async notes() {
        const grants = await rate(clients, ROUND_S, (client) => send(client, 'grant', anyMember()));
        const mixed = await byPg(ROUND_S);
        const proof = await prove(url);
        if (!proof.ok) throw new Error('the ledger is not in order after the benchmark');
        return [
          `both by ${pgbench === undefined ? 'pg' : 'pgbench, prepared'}, with ${CLIENTS} connections`,
          `ours by pg, in one Node.js process: ${Math.round(mixed)} /s; grants alone, all on one budget: ${Math.round(grants)} /s`,
          `ledger proven afterwards: ${proof.entries.toLocaleString('en')} entries in ${proof.elapsed_ms.toLocaleString('en')} ms`,
        ];
      },
      async close() {
        await Promise.all([...clients, ...tpcbClients].map((client) => client.end()));
        await stop();
      },
    };
  },
};

const PROGRAM_ID = '00000000-0000-4000-8000-000000000000';
const KINDS = ['grant', 'reserve'] as const;
type Kind = (typeof KINDS)[number];

const memberIdAt = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const anyMember = () => memberIdAt(1 + Math.floor(Math.random() * MEMBERS));

async function connectAll(config: pg.ClientConfig): Promise<pg.Client[]> {
  const clients = Array.from({ length: CLIENTS }, () => new pg.Client(config));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

/** A program with its members, and functions that write the same postings as `postingOf`, for pgbench. */
async function populate(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const program = `INSERT INTO programs (id, slug, name, default_destination) VALUES ($1, 'bench', 'Bench', 'https://example.com')`;
  await client.query(program, [PROGRAM_ID]);
  const members = Array.from({ length: MEMBERS }, (_, n) => memberIdAt(n + 1));
  await client.query(
    `INSERT INTO members (program_id, id, external_id, referral_code) SELECT $1, id, id::text, id::text FROM unnest($2::uuid[]) AS m (id)`,
    [PROGRAM_ID, members],
  );
  for (const kind of KINDS) {
    const json = postingsJson([postingOf(kind, '$key', '$member')]);
    await client.query(`
      CREATE FUNCTION bench_${kind}(n int) RETURNS jsonb LANGUAGE sql VOLATILE AS $body$
        SELECT replace(replace('${json}', '$key', '${kind}:' || gen_random_uuid()),
          '$member', '00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::jsonb
      $body$`);
  }
  await client.end();
}

/** A script for pgbench that posts for a random member, and fails when the posting is refused. Returns its file. */
function writeScript(folder: string, kind: Kind): string {
  const file = path.join(folder, `${kind}.sql`);
  writeFileSync(
    file,
    `\\set n random(1, ${MEMBERS})
SELECT 1 / (ledger_post('${PROGRAM_ID}', bench_${kind}(:n))->>'ok')::boolean::int;
`,
  );
  return file;
}

/** Gives every member something to reserve, and by that makes all accounts. */
async function fill(clients: readonly pg.Client[]): Promise<void> {
  await Promise.all(
    clients.map(async (client, first) => {
      for (let n = first + 1; n <= MEMBERS; n += clients.length) {
        const common = { key: `gift:${n}`, unit: 'USD', memberId: memberIdAt(n), occurred_at_ms: Date.now() };
        const gift = { ...common, amount_minor: PLENTY_MINOR, held: false, lot_expires_at_ms: null };
        await postOne(client, grantPosting(gift));
        for (const kind of KINDS) await send(client, kind, memberIdAt(n));
      }
    }),
  );
}

function postingOf(kind: Kind, key: string, memberId: string): Posting {
  const common = { key, unit: 'USD', memberId, occurred_at_ms: Date.now() };
  return kind === 'grant'
    ? grantPosting({ ...common, amount_minor: 100n, held: true, lot_expires_at_ms: null })
    : reservePosting({ ...common, amount_minor: 1n });
}

const send = (client: pg.Client, kind: Kind, memberId: string) =>
  postOne(client, postingOf(kind, `${kind}:${randomUUID()}`, memberId));

async function postOne(client: pg.Client, posting: Posting): Promise<void> {
  const query = {
    name: 'post',
    text: 'SELECT ledger_post($1, $2) AS answer',
    values: [PROGRAM_ID, postingsJson([posting])],
  };
  const { rows } = await client.query<{ answer: Answer }>(query);
  const answer = rows[0]?.answer;
  if (answer?.ok !== true) throw new Error(`a posting was refused: ${answer?.code}`);
}
