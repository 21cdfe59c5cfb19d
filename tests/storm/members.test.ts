import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCodeOf } from '../../api/client.ts';
import type { PolicyInput } from '../../api/policies/schema.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { prove } from '../../ledger/prove.ts';
import { createDatabase } from '../../prisma/client.ts';
import { seedRichMember } from '../support/catalogue.ts';
import { seedBoard, seedSeason } from '../support/leaderboards.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';
import { createCaller } from '../support/storm-client.ts';
import { killOften, underLoad } from '../support/storm-load.ts';
import {
  bringAndGive,
  CONTRIBUTIONS,
  FRIENDS,
  laterPolicy,
  membersPolicy,
  mistoldNotices,
  rowsOf,
  strayScores,
  twice,
  untilStill,
} from '../support/storm-members.ts';
import { createProgram, type Referrer, type StormProgram } from '../support/storm-program.ts';
import { seeded } from '../support/storm-random.ts';
import { type Storm, startStorm } from '../support/storm-stack.ts';

const SEED = 20_260_403;
const CLAIMANTS = 50;
const SCARCE = 7;
const ANSWERS = 8;
const PATIENCE_MS = 60_000;
const TASK_QUEUE = 'referral-engine';
const PRIZES: readonly Prize[] = [
  { from_rank: 1, to_rank: 1, kind: 'credit', label: null, amount: { minor: '400', unit: 'USD' } },
  { from_rank: 2, to_rank: 2, kind: 'badge', label: 'Runner-up', amount: null },
];

let storm: Storm;
let mail: MailServer;
let program: StormProgram;
let referrers: readonly Referrer[];
let claimants: readonly string[];
let boards: Readonly<Record<'season' | 'referrals' | 'points', string>>;
let items: Readonly<Record<'coupon' | 'mug', string>>;

beforeAll(async () => {
  mail = await startMailServer();
  storm = await startStorm({
    settings: { SMTP_URL: mail.url, MAIL_FROM: 'rewards@example.com' },
  });
  program = await createProgram(storm, membersPolicy());
  referrers = await Promise.all(['ann', 'ben', 'cid'].map(newReferrer));
  items = { coupon: await newItem('coupon'), mug: await newItem('item', SCARCE) };
  const codes = Array.from({ length: SCARCE }, (_, nth) => `SECRET-${nth}`);
  await program.call((client) => client.catalogue.addCoupons.mutate({ id: items.coupon, codes }));
  const db = createDatabase({ url: storm.databaseUrl, poolMax: 4 });
  boards = {
    season: await seedBoard(db, program.id, 'season'),
    referrals: await seedBoard(db, program.id, 'all_time'),
    points: await seedBoard(db, program.id, 'all_time', 'points'),
  };
  const hour = (from_now: number) => new Date(Date.now() + from_now * 3_600_000);
  await seedSeason(db, program.id, boards.season, { startsAt: hour(-1), endsAt: hour(1), prizes: PRIZES });
  const names = Array.from({ length: CLAIMANTS }, (_, nth) => `claimant-${nth}`);
  claimants = await Promise.all(names.map((name) => seedRichMember(db, program.id, name, 200n)));
  await db.$disconnect();
}, 120_000);
afterAll(async () => {
  await storm?.close();
  await mail?.close();
});

async function newReferrer(externalId: string): Promise<Referrer> {
  const email = `${externalId}@example.com`;
  const member = await program.call((client) => client.members.upsert.mutate({ externalId, email }));
  return { id: member.id, externalId, code: member.referralCode };
}

async function newItem(kind: 'coupon' | 'item', stock?: number): Promise<string> {
  const price = { minor: '100', unit: 'USD' };
  const input = { kind, name: kind, price, ...(stock === undefined ? {} : { stock }) };
  return (await program.call((client) => client.catalogue.create.mutate(input))).id;
}

/** Asks for an item, twice at once under one key. Nobody hears anything but yes or that there is no more. */
async function claim(memberId: string, itemId: string): Promise<void> {
  const context = { idempotencyKey: `claim ${memberId} ${itemId}` };
  const once = () =>
    program
      .call((client) => client.redemptions.request.mutate({ memberId, itemId }, { context }))
      .catch((error: unknown) => expect(errorCodeOf(error)).toBe('out_of_stock'));
  await twice(once);
}

/** Every answer is another, and each is sent twice at once under its key. */
async function answer(memberId: string): Promise<void> {
  const { items: found } = await program.call((client) => client.surveys.list.query({ memberId }));
  const id = found[0]?.id ?? '';
  const scores = Array.from({ length: ANSWERS }, (_, score) => score);
  await Promise.all(
    scores.map((nps) => {
      const context = { idempotencyKey: `answer ${id} ${nps}` };
      const input = { id, memberId, answers: { nps } };
      return twice(() => program.call((client) => client.surveys.answer.mutate(input, { context })));
    }),
  );
}

/** The season is over now, and a milestone is published that is behind everybody. */
async function turnThePage(): Promise<void> {
  await rowsOf(
    storm,
    program.id,
    "UPDATE board_windows SET ends_at = now(), closes_at = now() WHERE program_id = $1 AND key LIKE 'season:%'",
  );
  const policy = policyToJson(laterPolicy()) as unknown as PolicyInput;
  await program.call((client) => client.policies.publish.mutate({ policy }));
}

/** Runs the workflows of schedules under names of their own, so that they overtake each other and what the schedules run. */
async function runBeside(names: readonly string[], suffix: string) {
  const connection = await Connection.connect({ address: storm.temporalAddress });
  const client = new Client({ connection });
  const handles = await Promise.all(
    names.map((type) =>
      client.workflow.start(type, { workflowId: `${type}-${suffix}`, taskQueue: TASK_QUEUE }),
    ),
  );
  const finished = async () => {
    await Promise.all(handles.map((handle) => handle.result()));
    await connection.close();
  };
  return { finished, leave: () => connection.close() };
}

/** Closes the season and sweeps the milestones, each by its schedule twice and beside it. */
async function runSchedules(): Promise<void> {
  const platform = createCaller(storm, storm.platformKey);
  const beside = await runBeside(['leaderboards', 'milestones', 'surveys'], 'beside');
  for (const id of ['leaderboards', 'milestones', 'leaderboards', 'milestones'])
    await platform.call((client) => client.schedules.run.mutate({ id }));
  await beside.leave();
}

async function killEverything(): Promise<void> {
  const [worker] = storm.workers;
  if (worker === undefined) throw new Error('there is no worker');
  await killOften(worker, 1, 1_000, seeded(SEED + 1));
  await storm.postgres.end('SIGINT');
  await storm.postgres.start();
  await killOften(worker, 1, 1_000, seeded(SEED + 2));
}

describe('members in a storm: everything twice and at once, and the worker killed, and the database restarted', () => {
  test('come out of it with each thing once', { timeout: 180_000 }, async () => {
    const [worker] = storm.workers;
    const load = underLoad({ lanes: 3, rest_ms: 50, count: FRIENDS * 3 }, async (index) => {
      const referrer = referrers[index % 3] as Referrer;
      await bringAndGive(program, referrer, Math.floor(index / 3));
    });
    if (worker !== undefined) await killOften(worker, 1, 1_000, seeded(SEED));
    await load;
    await untilStill(storm, program.id, PATIENCE_MS);
    await turnThePage();
    const ann = referrers[0] as Referrer;
    const twenty = Array.from({ length: 20 }, (_, nth) => nth);
    const rush = Promise.all([
      runSchedules(),
      ...claimants.map((id) => claim(id, items.coupon)),
      ...claimants.map((id) => claim(id, items.mug)),
      ...twenty.map((nth) => twice(() => program.redeem(ann.id, 1_000n, `redeem ${nth}`))),
      ...referrers.map(({ id }) => answer(id)),
    ]);
    rush.catch(() => undefined);
    await killEverything();
    await rush;
    await (await runBeside(['leaderboards', 'milestones'], 'after')).finished();
    await untilStill(storm, program.id, PATIENCE_MS);
  });

  test('no event is lost, parked or refused', async () => {
    const events = await rowsOf<{ key: string; id: string; state: string; decision: string }>(
      storm,
      program.id,
      "SELECT key, id::text, state::text, outcome->>'decision' AS decision FROM events WHERE program_id = $1",
    );
    expect(events.filter(({ state }) => state !== 'decided')).toEqual([]);
    const decisions = new Map(events.map(({ key, id, decision }) => [key, { id, decision }]));
    for (const [key, { id }] of program.sent.events)
      expect(decisions.get(key), key).toEqual({ id, decision: 'accepted' });
    expect(program.sent.events.size).toBe(3 * (2 * FRIENDS + CONTRIBUTIONS + 1));
  });

  test('every reward, milestone, achievement, level and prize was awarded once', async () => {
    const count = async (sql: string) =>
      (await rowsOf<{ name: string; count: number }>(storm, program.id, sql)).map(({ name, count: n }) => [
        name,
        n,
      ]);
    expect(
      await count(
        "SELECT source || ' ' || status AS name, count(*)::int FROM rewards WHERE program_id = $1 GROUP BY 1 ORDER BY 1",
      ),
    ).toEqual([
      ['achievement available', 3],
      ['milestone available', 9],
      ['referral available', 3 * (FRIENDS - 1)],
      ['referral reversed', 3],
      ['season available', 2],
    ]);
    expect(
      await count(
        "SELECT milestone_id || ' ' || status || ' ' || nth AS name, count(*)::int FROM milestone_awards WHERE program_id = $1 GROUP BY 1 ORDER BY 1",
      ),
    ).toEqual([
      ['first awarded 1', 3],
      ['giver awarded 1', 3],
      ['pair awarded 1', 3],
    ]);
    expect(
      await count(
        'SELECT rank::text AS name, count(*)::int FROM season_awards WHERE program_id = $1 GROUP BY 1 ORDER BY 1',
      ),
    ).toEqual([
      ['1', 1],
      ['2', 1],
    ]);
    expect(
      await count(
        'SELECT source AS name, count(*)::int FROM point_postings WHERE program_id = $1 GROUP BY 1',
      ),
    ).toEqual([['rule', 3 * CONTRIBUTIONS]]);
    expect(
      await count(
        'SELECT to_level AS name, count(*)::int FROM level_changes WHERE program_id = $1 GROUP BY 1',
      ),
    ).toEqual([['bronze', 3]]);
  });

  test('seven had a coupon each and seven a thing, no code went twice, and what was refused costs nothing', async () => {
    const claims = await rowsOf<{ kind: string; status: string; count: number }>(
      storm,
      program.id,
      `SELECT i.kind::text, r.status::text, count(*)::int FROM redemptions r JOIN catalogue_items i ON i.program_id = r.program_id AND i.id = r.item_id
       WHERE r.program_id = $1 AND r.status <> 'refused' GROUP BY 1, 2 ORDER BY 1`,
    );
    expect(claims).toEqual([
      { kind: 'coupon', status: 'settled', count: SCARCE },
      { kind: 'item', status: 'needs_operator', count: SCARCE },
    ]);
    const [codes] = await rowsOf<object>(
      storm,
      program.id,
      `SELECT count(*)::int AS codes, count(DISTINCT redemption_id)::int AS given,
         (SELECT stock FROM catalogue_items WHERE program_id = $1 AND kind = 'item') AS stock FROM coupon_codes WHERE program_id = $1`,
    );
    expect(codes).toEqual({ codes: SCARCE, given: SCARCE, stock: 0 });
    const balances = await rowsOf<{ kind: string; sum: string }>(
      storm,
      program.id,
      `SELECT a.kind::text, sum(b.balance_minor)::text FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
       JOIN members m ON m.program_id = a.program_id AND m.id = a.member_id
       WHERE a.program_id = $1 AND m.external_id LIKE 'claimant-%' AND b.balance_minor <> 0 GROUP BY 1 ORDER BY 1`,
    );
    expect(Object.fromEntries(balances.map(({ kind, sum }) => [kind, Number(sum)]))).toEqual({
      available: CLAIMANTS * 200 - 2 * SCARCE * 100,
      reserved: SCARCE * 100,
    });
  });

  test('who asked for more than the balance got what it holds, and the ledger is proven', async () => {
    const settled = await rowsOf<{ status: string; count: number }>(
      storm,
      program.id,
      `SELECT status::text, count(*)::int FROM redemptions WHERE program_id = $1 AND item_id IS NULL GROUP BY 1 ORDER BY 1`,
    );
    expect(Object.fromEntries(settled.map(({ status, count }) => [status, count]))).toEqual({
      settled: FRIENDS - 1,
      refused: 20 - (FRIENDS - 1),
    });
    expect(await prove(storm.databaseUrl)).toMatchObject({ ok: true });
  });

  test('the boards say what the record says', async () => {
    for (const board of ['referrals', 'points'] as const) {
      const { items: lines } = await program.call((client) =>
        client.leaderboards.top.query({ boardId: boards[board] }),
      );
      const each = board === 'referrals' ? FRIENDS - 1 : CONTRIBUTIONS * 10;
      expect(lines.map(({ score }) => Number(score))).toEqual([each, each, each]);
    }
    expect(await strayScores(storm, program.id, boards)).toEqual([]);
    const standings = await rowsOf<{ score: string }>(
      storm,
      program.id,
      'SELECT score::text FROM season_standings WHERE program_id = $1',
    );
    expect(standings.map(({ score }) => Number(score))).toEqual([FRIENDS - 1, FRIENDS - 1, FRIENDS - 1]);
  });

  test('each was asked once, and of all the answers at once one stands and the others were changed', async () => {
    const surveys = await rowsOf<object>(
      storm,
      program.id,
      `SELECT count(*)::int AS answers, count(DISTINCT s.member_id)::int AS members, sum(a.changes)::int AS changes
       FROM surveys s JOIN survey_answers a ON a.program_id = s.program_id AND a.survey_id = s.id WHERE s.program_id = $1`,
    );
    expect(surveys).toEqual([{ answers: 3, members: 3, changes: 3 * (ANSWERS - 1) }]);
    const asked = await rowsOf<object>(
      storm,
      program.id,
      "SELECT 1 FROM outbox WHERE program_id = $1 AND type = 'survey.asked'",
    );
    expect(asked).toHaveLength(3);
  });

  test('each notice was told once, and no e-mail left twice', async () => {
    expect(await mistoldNotices(storm, program.id)).toEqual([]);
    const ids = mail.messages.map(({ raw }) => /^Message-ID: (.*)\r$/m.exec(raw)?.[1]);
    expect(ids.length).toBeGreaterThan(3 * FRIENDS);
    expect(new Set(ids).size).toBe(ids.length);
    const sent = await rowsOf<{ id: string }>(
      storm,
      program.id,
      "SELECT '<' || message_id || '>' AS id FROM notice_emails WHERE program_id = $1 AND state = 'sent'",
    );
    expect(sent.filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  test('the checks see a notice that is missing and a score that is off', async () => {
    const ann = referrers[0]?.id;
    const client = await storm.owner.connect();
    try {
      await client.query('SET session_replication_role = replica');
      await client.query(
        'DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE program_id = $1 AND member_id = $2 AND kind = $3 LIMIT 1)',
        [program.id, ann, 'reward.granted'],
      );
      await client.query(
        'UPDATE board_scores SET score = score + 1 WHERE program_id = $1 AND member_id = $2',
        [program.id, ann],
      );
      await client.query('RESET session_replication_role');
    } finally {
      client.release();
    }
    expect(await mistoldNotices(storm, program.id)).toHaveLength(1);
    expect(await strayScores(storm, program.id, boards)).toEqual([ann]);
  });
});
