import { describe, expect, test } from 'vitest';
import { prove } from '../../ledger/prove.ts';
import { ANSWERS, CLAIMANTS, PATIENCE_MS, SCARCE, SEED, useCrowd } from '../support/storm-crowd.ts';
import { killOften, underLoad } from '../support/storm-load.ts';
import {
  bringAndGive,
  CONTRIBUTIONS,
  FRIENDS,
  mistoldNotices,
  rowsOf,
  strayScores,
  twice,
  untilStill,
} from '../support/storm-members.ts';
import type { Referrer } from '../support/storm-program.ts';
import { seeded } from '../support/storm-random.ts';

const crowd = useCrowd();
const { claim, answer, turnThePage, runBeside, runSchedules, killEverything } = crowd;

describe('members in a storm: everything twice and at once, the worker and the database killed', () => {
  test('come out of it with each thing once', { timeout: 180_000 }, async () => {
    const [worker] = crowd.storm.workers;
    const load = underLoad({ lanes: 3, rest_ms: 50, count: FRIENDS * 3 }, async (index) => {
      const referrer = crowd.referrers[index % 3] as Referrer;
      await bringAndGive(crowd.program, referrer, Math.floor(index / 3));
    });
    if (worker !== undefined) await killOften(worker, 1, 1_000, seeded(SEED));
    await load;
    await untilStill(crowd.storm, crowd.program.id, PATIENCE_MS);
    await turnThePage();
    const ann = crowd.referrers[0] as Referrer;
    const twenty = Array.from({ length: 20 }, (_, nth) => nth);
    const rush = Promise.all([
      runSchedules(),
      ...crowd.claimants.map((id) => claim(id, crowd.items.coupon)),
      ...crowd.claimants.map((id) => claim(id, crowd.items.mug)),
      ...twenty.map((nth) => twice(() => crowd.program.redeem(ann.id, 1_000n, `redeem ${nth}`))),
      ...crowd.referrers.map(({ id }) => answer(id)),
    ]);
    rush.catch(() => undefined);
    await killEverything();
    await rush;
    await (await runBeside(['leaderboards', 'milestones'], 'after')).finished();
    await untilStill(crowd.storm, crowd.program.id, PATIENCE_MS);
  });

  test('no event is lost, parked or refused', async () => {
    const events = await rowsOf<{ key: string; id: string; state: string; decision: string }>(
      crowd.storm,
      crowd.program.id,
      "SELECT key, id::text, state::text, outcome->>'decision' AS decision FROM events WHERE program_id = $1",
    );
    expect(events.filter(({ state }) => state !== 'decided')).toEqual([]);
    const decisions = new Map(events.map(({ key, id, decision }) => [key, { id, decision }]));
    for (const [key, { id }] of crowd.program.sent.events) {
      expect(decisions.get(key), key).toEqual({ id, decision: 'accepted' });
    }
    expect(crowd.program.sent.events.size).toBe(3 * (2 * FRIENDS + CONTRIBUTIONS + 1));
  });

  test('every reward, milestone, achievement, level and prize was awarded once', async () => {
    const count = async (sql: string) =>
      (await rowsOf<{ name: string; count: number }>(crowd.storm, crowd.program.id, sql)).map(
        ({ name, count: n }) => [name, n],
      );
    expect(
      await count(
        `SELECT source || ' ' || status AS name, count(*)::int
         FROM rewards WHERE program_id = $1 GROUP BY 1 ORDER BY 1`,
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
        `SELECT milestone_id || ' ' || status || ' ' || nth AS name, count(*)::int
         FROM milestone_awards WHERE program_id = $1 GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      ['first awarded 1', 3],
      ['giver awarded 1', 3],
      ['pair awarded 1', 3],
    ]);
    expect(
      await count(
        `SELECT rank::text AS name, count(*)::int
         FROM season_awards WHERE program_id = $1 GROUP BY 1 ORDER BY 1`,
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

  test('seven had a coupon and seven a thing, no code went twice, and a refusal costs nothing', async () => {
    const claims = await rowsOf<{ kind: string; status: string; count: number }>(
      crowd.storm,
      crowd.program.id,
      `SELECT i.kind::text, r.status::text, count(*)::int FROM redemptions r
       JOIN catalogue_items i ON i.program_id = r.program_id AND i.id = r.item_id
       WHERE r.program_id = $1 AND r.status <> 'refused' GROUP BY 1, 2 ORDER BY 1`,
    );
    expect(claims).toEqual([
      { kind: 'coupon', status: 'settled', count: SCARCE },
      { kind: 'item', status: 'needs_operator', count: SCARCE },
    ]);
    const [codes] = await rowsOf<object>(
      crowd.storm,
      crowd.program.id,
      `SELECT count(*)::int AS codes, count(DISTINCT redemption_id)::int AS given,
         (SELECT stock FROM catalogue_items WHERE program_id = $1 AND kind = 'item') AS stock
         FROM coupon_codes WHERE program_id = $1`,
    );
    expect(codes).toEqual({ codes: SCARCE, given: SCARCE, stock: 0 });
    const balances = await rowsOf<{ kind: string; sum: string }>(
      crowd.storm,
      crowd.program.id,
      `SELECT a.kind::text, sum(b.balance_minor)::text
       FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
       JOIN members m ON m.program_id = a.program_id AND m.id = a.member_id
       WHERE a.program_id = $1 AND m.external_id LIKE 'claimant-%' AND b.balance_minor <> 0
       GROUP BY 1 ORDER BY 1`,
    );
    expect(Object.fromEntries(balances.map(({ kind, sum }) => [kind, Number(sum)]))).toEqual({
      available: CLAIMANTS * 200 - 2 * SCARCE * 100,
      reserved: SCARCE * 100,
    });
  });

  test('who asked for more than the balance got what it holds, and the ledger is proven', async () => {
    const settled = await rowsOf<{ status: string; count: number }>(
      crowd.storm,
      crowd.program.id,
      `SELECT status::text, count(*)::int
       FROM redemptions WHERE program_id = $1 AND item_id IS NULL GROUP BY 1 ORDER BY 1`,
    );
    expect(Object.fromEntries(settled.map(({ status, count }) => [status, count]))).toEqual({
      settled: FRIENDS - 1,
      refused: 20 - (FRIENDS - 1),
    });
    expect(await prove(crowd.storm.databaseUrl)).toMatchObject({ ok: true });
  });

  test('the boards say what the record says', async () => {
    for (const board of ['referrals', 'points'] as const) {
      const { items: lines } = await crowd.program.call((client) =>
        client.leaderboards.top.query({ boardId: crowd.boards[board] }),
      );
      const each = board === 'referrals' ? FRIENDS - 1 : CONTRIBUTIONS * 10;
      expect(lines.map(({ score }) => Number(score))).toEqual([each, each, each]);
    }
    expect(await strayScores(crowd.storm, crowd.program.id, crowd.boards)).toEqual([]);
    const standings = await rowsOf<{ score: string }>(
      crowd.storm,
      crowd.program.id,
      'SELECT score::text FROM season_standings WHERE program_id = $1',
    );
    expect(standings.map(({ score }) => Number(score))).toEqual([FRIENDS - 1, FRIENDS - 1, FRIENDS - 1]);
  });

  test('each was asked once, and of the answers at once one stands and the others were changed', async () => {
    const surveys = await rowsOf<object>(
      crowd.storm,
      crowd.program.id,
      `SELECT count(*)::int AS answers, count(DISTINCT s.member_id)::int AS members,
              sum(a.changes)::int AS changes
       FROM surveys s JOIN survey_answers a ON a.program_id = s.program_id AND a.survey_id = s.id
       WHERE s.program_id = $1`,
    );
    expect(surveys).toEqual([{ answers: 3, members: 3, changes: 3 * (ANSWERS - 1) }]);
    const asked = await rowsOf<object>(
      crowd.storm,
      crowd.program.id,
      "SELECT 1 FROM outbox WHERE program_id = $1 AND type = 'survey.asked'",
    );
    expect(asked).toHaveLength(3);
  });

  test('each notice was told once, and no e-mail left twice', async () => {
    expect(await mistoldNotices(crowd.storm, crowd.program.id)).toEqual([]);
    const ids = crowd.mail.messages.map(({ raw }) => /^Message-ID: (.*)\r$/m.exec(raw)?.[1]);
    expect(ids.length).toBeGreaterThan(3 * FRIENDS);
    expect(new Set(ids).size).toBe(ids.length);
    const sent = await rowsOf<{ id: string }>(
      crowd.storm,
      crowd.program.id,
      "SELECT '<' || message_id || '>' AS id FROM notice_emails WHERE program_id = $1 AND state = 'sent'",
    );
    expect(sent.filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  test('the checks see a notice that is missing and a score that is off', async () => {
    const ann = crowd.referrers[0]?.id;
    const client = await crowd.storm.owner.connect();
    try {
      await client.query('SET session_replication_role = replica');
      await client.query(
        `DELETE FROM notices WHERE id IN
         (SELECT id FROM notices WHERE program_id = $1 AND member_id = $2 AND kind = $3 LIMIT 1)`,
        [crowd.program.id, ann, 'reward.granted'],
      );
      await client.query(
        'UPDATE board_scores SET score = score + 1 WHERE program_id = $1 AND member_id = $2',
        [crowd.program.id, ann],
      );
      await client.query('RESET session_replication_role');
    } finally {
      client.release();
    }
    expect(await mistoldNotices(crowd.storm, crowd.program.id)).toHaveLength(1);
    expect(await strayScores(crowd.storm, crowd.program.id, crowd.boards)).toEqual([ann]);
  });
});
