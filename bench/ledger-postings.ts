import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { Posting } from '../domain/ledger/posting.ts';
import { grantPosting, reservePosting } from '../domain/ledger/postings.ts';
import { type Answer, postingsJson } from '../ledger/wire.ts';

export const CLIENTS = 8;
/**
 * As many as TPC-B has branches here, each with a budget that all its grants lock: its manual advises one for
 * each client at least.
 */
const PROGRAMS = CLIENTS;
const MEMBERS = 2_000;
const PLENTY_MINOR = 1_000_000_000n;

/** What is posted, in turns. */
export const KINDS = ['grant', 'reserve'] as const;
type Kind = (typeof KINDS)[number];

/** Ids of programs, from 0, and of members, from 0, who are dealt out to the programs one by one. */
const ID = '00000000-0000-4000-8000-';
const idAt = (n: number) => `${ID}${String(n).padStart(12, '0')}`;
const programOf = (member: number) => member % PROGRAMS;

const anyBelow = (n: number) => Math.floor(Math.random() * n);
export const anyMember = () => anyBelow(MEMBERS);
export const anyMemberOf = (program: number) => program + PROGRAMS * anyBelow(MEMBERS / PROGRAMS);

/** Makes the programs and their members. */
export async function populate(ownerUrl: string): Promise<void> {
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

/** Grants every member something to reserve, which also makes all accounts. */
export async function fill(clients: readonly pg.Client[]): Promise<void> {
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

/** Posts a grant or a reserve for that member. Throws when the ledger refuses it. */
export const send = (client: pg.Client, kind: Kind, member: number) =>
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

/**
 * A script for pgbench that posts for a random member, and fails when the posting is refused. Returns its
 * file.
 */
export function writeScript(folder: string, kind: Kind): string {
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
