import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { Posting } from '../domain/ledger/posting.ts';
import { grantPosting, reservePosting } from '../domain/ledger/postings.ts';
import { prove } from '../ledger/prove.ts';
import { type Answer, postingsJson } from '../ledger/wire.ts';
import { ensureDatabase } from '../local/app-login.ts';
import { connectionConfig } from '../prisma/client.ts';
import type { Benchmark } from './benchmark.ts';
import { rate, startBenchDatabase } from './database.ts';
import { createTpcb, findPgbench, runPgbench, tpcbTransaction } from './tpcb.ts';

const CLIENTS = 8;
/**
 * As many as TPC-B has branches here, each with a budget that all its grants lock: its manual advises one for
 * each client at least.
 */
const PROGRAMS = CLIENTS;
const MEMBERS = 2_000;
const ROUND_S = 5;
const WARM_UP_S = 3;
const PLENTY_MINOR = 1_000_000_000n;

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

/** How the two compare as pgbench comes: every statement of both is parsed and planned anew. */
async function unprepared(pgbench: string, url: string, scripts: readonly string[], tpcbUrl: string) {
  const ours = await runPgbench(pgbench, url, CLIENTS, ROUND_S, scripts, 'simple');
  const reference = await runPgbench(pgbench, tpcbUrl, CLIENTS, ROUND_S, [], 'simple');
  return `nothing prepared, as pgbench comes: ${Math.round(ours)} /s against ${Math.round(reference)} /s`;
}

const KINDS = ['grant', 'reserve'] as const;
type Kind = (typeof KINDS)[number];

/** Ids of programs, from 0, and of members, from 0, who are dealt out to the programs one by one. */
const ID = '00000000-0000-4000-8000-';
const idAt = (n: number) => `${ID}${String(n).padStart(12, '0')}`;
const programOf = (member: number) => member % PROGRAMS;

const anyBelow = (n: number) => Math.floor(Math.random() * n);
const anyMember = () => anyBelow(MEMBERS);
const anyMemberOf = (program: number) => program + PROGRAMS * anyBelow(MEMBERS / PROGRAMS);

async function connectAll(config: pg.ClientConfig): Promise<pg.Client[]> {
  const clients = Array.from({ length: CLIENTS }, () => new pg.Client(config));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

/** Programs with their members. */
async function populate(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const id = (n: string) => `('${ID}' || lpad((${n})::text, 12, '0'))::uuid`;
  await client.query(`
    INSERT INTO programs (id, slug, name, default_destination)
    SELECT ${id('n')}, 'bench-' || n, 'Bench', 'https://example.com'
    FROM generate_series(0, ${PROGRAMS - 1}) n`);
  await client.query(`
    INSERT INTO members (program_id, id, external_id, referral_code)
    SELECT ${id(`n % ${PROGRAMS}`)}, ${id('n')}, n, n FROM generate_series(0, ${MEMBERS - 1}) n`);
  await client.end();
}

/**
 * A script for pgbench that posts for a random member, and fails when the posting is refused. Returns its
 * file.
 */
function writeScript(folder: string, kind: Kind): string {
  const file = path.join(folder, `${kind}.sql`);
  // pgbench takes a colon before a letter or digit for a variable of its own, so each is parted from what
  // follows.
  const json = postingsJson([postingOf(kind, '$key', '$member')])
    .replaceAll('":', '": ')
    .replaceAll('$key', `${kind}:' || :key || '`)
    .replaceAll(':$member', `:' || '${ID}' || lpad(:n::text, 12, '0') || '`);
  writeFileSync(
    file,
    `\\set n random(0, ${MEMBERS - 1})
\\set p :n % ${PROGRAMS}
\\set key random(0, ${Number.MAX_SAFE_INTEGER})
SELECT 1 / (ledger_post(('${ID}00000000000' || :p::text)::uuid, ('${json}')::jsonb)->>'ok')::boolean::int;
`,
  );
  return file;
}

/** Gives every member something to reserve, and by that makes all accounts. */
async function fill(clients: readonly pg.Client[]): Promise<void> {
  await Promise.all(
    clients.map(async (client, first) => {
      for (let n = first; n < MEMBERS; n += clients.length) {
        const common = { key: `gift:${n}`, unit: 'USD', memberId: idAt(n), occurred_at_ms: Date.now() };
        const gift = { ...common, amount_minor: PLENTY_MINOR, held: false, lot_expires_at_ms: null };
        await postOne(client, programOf(n), grantPosting(gift));
        for (const kind of KINDS) await send(client, kind, n);
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

const send = (client: pg.Client, kind: Kind, member: number) =>
  postOne(client, programOf(member), postingOf(kind, `${kind}:${randomUUID()}`, idAt(member)));

async function postOne(client: pg.Client, program: number, posting: Posting): Promise<void> {
  const query = {
    name: 'post',
    text: 'SELECT ledger_post($1, $2) AS answer',
    values: [idAt(program), postingsJson([posting])],
  };
  const { rows } = await client.query<{ answer: Answer }>(query);
  const answer = rows[0]?.answer;
  if (answer?.ok !== true) throw new Error(`a posting was refused: ${answer?.code}`);
}
