import pg from 'pg';
import { createActivities } from '../../activities/create.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { createLog } from '../../platform/log.ts';
import type { Database } from '../../prisma/client.ts';
import { makeProgram, type World } from './world.ts';

const AT_ONCE = 8;
/** Qualifying purchases a turn, and turns of each kind. */
const PURCHASES = 400;
const TURNS = 9;
/** Referrers take turns, so that they do not queue for one another's row. */
const REFERRERS = 1_000;

/** Rates of purchases decided, one each turn. */
export interface PostingCost {
  readonly without: readonly number[];
  readonly withBoards: readonly number[];
}

interface Setting {
  readonly db: Database;
  readonly ownerUrl: string;
  readonly databaseUrl: string;
  readonly world: World;
}

/**
 * What keeping scores costs: qualifying purchases, each decided, posted and scored in one transaction of the
 * product's own activity, in a program without boards and in the one with three, in turns.
 */
export async function measurePostings({ db, ownerUrl, databaseUrl, world }: Setting): Promise<PostingCost> {
  const activities = createActivities({
    db,
    databaseUrl,
    policies: createPolicies(),
    payouts: { ring: ['unused'], allowInternal: false, timeout_ms: 1_000, stripe: null, stripeBase: null },
    webhooks: { ring: ['unused'], allowInternal: false, timeout_ms: 1_000, log_days: 1 },
    privacy: {
      hashSecret: 'unused',
      ring: ['unused'],
      listFile: 'unused',
      dataDir: 'unused',
      months: { clicks: null, notices: null, messages: null, events: null },
    },
    badges: {
      publicUrl: 'http://localhost:3000',
      issuerForm: 'url',
      ring: ['a badge secret for the benchmark'],
    },
    log: createLog('bench', 'silent'),
    countDecision: () => undefined,
  });
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const plain = await makeProgram(client, 'plain', REFERRERS);
  for (const programId of [plain, world.programId]) await makeReferrals(client, programId);
  // Not the tables that are still empty: PostgreSQL would plan as if they stayed empty.
  await client.query('ANALYZE links, members, referrals, events');
  await client.end();
  const turn = async (programId: string, number: number) => {
    const started_ms = performance.now();
    const now_ms = Date.now();
    let next = number * PURCHASES;
    const end = next + PURCHASES;
    const workers = Array.from({ length: AT_ONCE }, async () => {
      while (next < end) {
        next += 1;
        const ref = { programId, referralId: uuidOf('b', next), eventId: uuidOf('c', next), now_ms };
        const { stage } = await activities.recordAction(ref);
        if (stage !== 'qualified') throw new Error(`a purchase left its referral ${stage}`);
      }
    });
    await Promise.all(workers);
    return PURCHASES / ((performance.now() - started_ms) / 1_000);
  };
  // The first turn of each warms up.
  await turn(plain, 0);
  await turn(world.programId, 0);
  const cost = { without: [] as number[], withBoards: [] as number[] };
  for (let number = 1; number <= TURNS; number += 1) {
    cost.without.push(await turn(plain, number));
    cost.withBoards.push(await turn(world.programId, number));
  }
  return cost;
}

const uuidOf = (kind: string, n: number) =>
  `${kind.repeat(8)}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const sqlUuid = (kind: string, n: string) =>
  `('${kind.repeat(8)}-0000-4000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** Referrals that wait for a purchase, and the purchases. */
async function makeReferrals(client: pg.Client, programId: string): Promise<void> {
  const referrer = `('00000000-0000-4000-8000-' || lpad(to_hex(1 + n % ${REFERRERS}), 12, '0'))::uuid`;
  const all = `generate_series(1, ${PURCHASES * (TURNS + 1)}) n`;
  for (const statement of [
    `INSERT INTO links (program_id, id, member_id, code)
     SELECT $1::uuid, ${sqlUuid('d', 'n')}, ${referrer}, $1::uuid::text || n FROM ${all}`,
    `INSERT INTO members (program_id, id, external_id, referral_code)
     SELECT $1::uuid, ${sqlUuid('a', 'n')}, 'friend-' || n, $1::uuid::text || n FROM ${all}`,
    `INSERT INTO referrals (program_id, id, link_id, referrer_id, referred_id, policy_version, stage,
       issued_at, signed_up_at)
     SELECT $1::uuid, ${sqlUuid('b', 'n')}, ${sqlUuid('d', 'n')}, ${referrer}, ${sqlUuid('a', 'n')},
       1, 'signed_up', now(), now() FROM ${all}`,
    `INSERT INTO event_keys (program_id, key_hash, event_id)
     SELECT $1::uuid, event_key_hash('order-' || n), ${sqlUuid('c', 'n')} FROM ${all}`,
    `INSERT INTO events (program_id, id, key, request_hash, type, subject, value_minor, unit, payload,
       occurred_at)
     SELECT $1::uuid, ${sqlUuid('c', 'n')}, 'order-' || n, 'none', 'purchase', 'friend-' || n,
       1000, 'USD', '{}', now() FROM ${all}`,
  ])
    await client.query(statement, [programId]);
}
