import { beforeAll, describe, expect, it } from 'vitest';
import { type ProgramPlay, playProgram, T0_MS, testActivities } from '../support/play.ts';
import { fixedPolicy, usd } from '../support/seed.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const DAY_MS = 86_400_000;
let program: ProgramPlay;
let key: string;
let boardId: string;
let ann: { id: string; code: string };
let ben: { id: string; code: string };

const at = (day: number) => new Date(T0_MS + day * DAY_MS);
async function refer(code: string, friend: string, day: number) {
  await program.signUp(friend, { code }, { at: at(day) });
  await program.act(friend, { at: at(day), value: usd(1_000n), key: `order-${friend}` });
}

const api = useApi();

beforeAll(async () => {
  program = await playProgram(api.database, testActivities(api.database), fixedPolicy(100n, 0));
  key = (await api.key(['read', 'programs:write', 'audit:read'], program.id)).token;
  [ann, ben] = [await program.member('ann'), await program.member('ben')];
  await refer(ann.code, 'early', 0);
  const made = await api.mutate(
    'leaderboards.create',
    { slug: 'best', name: 'Best', metric: 'qualified_referrals', period: 'all_time' },
    { key },
  );
  boardId = made.data.id;
  await refer(ben.code, 'b1', 1);
  await refer(ann.code, 'a1', 2);
  await refer(ann.code, 'a2', 3);
  await program.refund('a2', 'order-a2', { at: at(4) });
});

const explain = (memberId: string) => api.query('explain.standing', { boardId, memberId }, { key });

describe('explain.standing', () => {
  it('names every referral behind a score, what it counts, and why one does not', async () => {
    const { data } = await explain(ann.id);
    expect(data.me).toMatchObject({ rank: 2, score: '1', members: 2 });
    expect(data.parts.map(({ counts, why }: { counts: string; why: string }) => [counts, why])).toEqual([
      ['0', 'reversed'],
      ['1', 'counted'],
      ['0', 'before_the_board'],
    ]);
  });

  it('says what decided the place: of equal scores the earlier one', async () => {
    const [first] = (await explain(ben.id)).data.sentences;
    expect(first).toBe('The member is at rank 1 of 2 with 1 qualified referral.');
    const german = { boardId, memberId: ben.id, language: 'de' };
    expect((await api.query('explain.standing', german, { key })).data.sentences[0]).toBe(
      'Das Mitglied ist auf Rang 1 von 2 mit 1 qualifizierten Empfehlung.',
    );
    expect((await explain(ann.id)).data.sentences[1]).toMatch(
      /^The next above has as much, and had it earlier/,
    );
  });

  it('says of a member without a score that there is no rank', async () => {
    const cat = await program.member('cat');
    const { data } = await explain(cat.id);
    expect(data).toMatchObject({ me: null, parts: [], sentences: [expect.stringContaining('no score')] });
  });

  it('knows no members and boards of others', async () => {
    const foreign = { boardId, memberId: (await api.member()).id };
    await expectRefused(api, () => api.query('explain.standing', foreign, { key }), {
      status: 404,
      code: 'member_unknown',
    });
    await expectRefused(api, () => api.query('explain.standing', { boardId, memberId: ann.id }), {
      status: 404,
      code: 'not_found',
    });
  });
});

describe('leaderboards.backfill', () => {
  it('is asked for once, is on record, and then the past counts and is explained as counted', async () => {
    const ask = () => api.mutate('leaderboards.backfill', { boardId }, { key });
    const first = await ask();
    expect(first.data).toMatchObject({ backfillAt: expect.any(String), backfilledAt: null });
    expect((await ask()).data).toEqual(first.data);
    await testActivities(api.database).backfillBoards({ now_ms: Date.now() + 120_000 });
    const { data } = await explain(ann.id);
    expect(data.me).toMatchObject({ rank: 1, score: '2' });
    expect(data.parts.at(-1)).toMatchObject({ counts: '1', why: 'counted' });
    const log = await api.query('audit.list', undefined, { key });
    expect(log.data.items[0]).toMatchObject({ action: 'leaderboard.backfilled', subject: boardId });
  });

  it('is refused for a board of points, and unknown for another program’s', async () => {
    const input = { slug: 'points', name: 'Points', metric: 'points', period: 'month' };
    const points = await api.mutate('leaderboards.create', input, { key });
    const ask = (id: string, as: string) => () =>
      api.mutate('leaderboards.backfill', { boardId: id }, { key: as });
    await expectRefused(api, ask(points.data.id, key), { status: 422, code: 'backfill_impossible' });
    await expectRefused(api, ask(boardId, api.programKey), { status: 404, code: 'not_found' });
  });
});
