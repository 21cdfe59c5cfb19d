import { beforeAll, describe, expect, it } from 'vitest';
import { windowIdOf } from '../../engine/leaderboards/in-play.ts';
import { canonicalJson } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { testActivities } from '../support/play.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const HOUR_MS = 3_600_000;

let boardId: string;
let seasonal: string;
const members: string[] = [];

const board = async (input: object) => (await api.mutate('leaderboards.create', input)).data.id as string;

/** As the activities do. */
async function score(window: { id: string; board: string; key: string }, memberId: string, by: number) {
  const changes = [{ ...window, starts_at: null, ends_at: null, closes_at: null, by, at_ms: Date.now() }];
  await api.db.$executeRaw`
    SELECT board_score(${api.programId}::uuid, ${memberId}::uuid, ${canonicalJson(changes)}::jsonb)`;
}

const api = useApi();

beforeAll(async () => {
  boardId = await board({
    slug: 'all-time',
    name: 'Best of all',
    metric: 'qualified_referrals',
    period: 'all_time',
  });
  seasonal = await board({
    slug: 'seasons',
    name: 'Seasons',
    metric: 'revenue',
    unit: 'USD',
    period: 'season',
  });
  const window = { id: windowIdOf(api.programId, boardId, 'all'), board: boardId, key: 'all' };
  for (const points of [9, 7, 5, 3, 1]) {
    const { id } = await api.member();
    members.push(id);
    await score(window, id, points);
  }
});

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const season = (change: object = {}) => ({
  boardId: seasonal,
  name: 'Spring',
  startsAt: inHours(1),
  endsAt: inHours(2),
  graceHours: 0,
  ...change,
});

describe('leaderboards', () => {
  it('are listed as they were made', async () => {
    const { data } = await api.query('leaderboards.list');
    expect(data.items).toMatchObject([
      { id: boardId, metric: 'qualified_referrals', unit: null, period: 'all_time' },
      { id: seasonal, metric: 'revenue', unit: 'USD', period: 'season' },
    ]);
  });

  it('show members by the name they chose, and of hidden ones rank and score alone', async () => {
    await api.mutate('members.setDisplayName', { id: members[1], displayName: '  Ben 🦊 ' });
    const { data } = await api.query('leaderboards.top', { boardId, limit: 3 });
    expect(data).toMatchObject({
      window: 'all',
      members: 5,
      items: [
        { rank: 1, score: '9', displayName: null, memberId: null },
        { rank: 2, score: '7', displayName: 'Ben 🦊', memberId: members[1] },
        { rank: 3, score: '5', displayName: null, memberId: null },
      ],
    });
    const hidden = await api.mutate('members.setDisplayName', { id: members[1], displayName: null });
    expect(hidden.data.displayName).toBeNull();
  });

  it('tell a hidden member their own rank, percentile and neighbours', async () => {
    const around = await api.query('leaderboards.around', { boardId, memberId: members[2], neighbours: 1 });
    expect(around.data).toMatchObject({
      me: { rank: 3, memberId: members[2], members: 5, percentile: 50, trend: null },
      items: [{ rank: 2 }, { rank: 3, memberId: members[2] }, { rank: 4, memberId: null }],
    });
    const { data } = await api.query('leaderboards.me', { boardId, memberId: members[4] });
    expect(data).toMatchObject({ members: 5, me: { rank: 5, percentile: 0 } });
  });

  it('tell a member without a score that there is no rank', async () => {
    const { id } = await api.member();
    expect((await api.query('leaderboards.me', { boardId, memberId: id })).data).toMatchObject({
      me: null,
      members: 5,
    });
  });

  it('tell the trend since the last snapshot', async () => {
    await testActivities(api.database).snapshotStandings({ now_ms: Date.now() });
    const window = { id: windowIdOf(api.programId, boardId, 'all'), board: boardId, key: 'all' };
    await score(window, members[3] ?? '', 3);
    const { data } = await api.query('leaderboards.me', { boardId, memberId: members[3] });
    expect(data.me).toMatchObject({ rank: 3, trend: 1 });
  });

  it.each([
    ['409', 'a slug that is taken', { slug: 'all-time' }, 'slug_taken'],
    ['400', 'revenue without a unit', { metric: 'revenue' }, 'input_invalid'],
    ['400', 'a count with a unit', { unit: 'USD' }, 'input_invalid'],
    ['400', 'an unknown unit', { metric: 'revenue', unit: 'XXQ' }, 'unit_unknown'],
    ['400', 'an unknown period', { period: 'fortnight' }, 'input_invalid'],
    ['400', 'an unknown metric', { metric: 'karma' }, 'input_invalid'],
  ])('answer %s for %s', async (status, _what, change, code) => {
    const good = { slug: 'other', name: 'Other', metric: 'qualified_referrals', period: 'week' };
    const send = () => api.mutate('leaderboards.create', { ...good, ...change });
    await expectRefused(api, send, { status: Number(status), code });
  });

  it.each([
    ['a name of spaces', '   '],
    ['a name of 41 characters', 'x'.repeat(41)],
    ['a name with a line break', 'Ann\nAdmin'],
    ['a name that runs backwards', 'Ann\u202enimdA'],
  ])('refuse %s', async (_what, displayName) => {
    const send = () => api.mutate('members.setDisplayName', { id: members[0], displayName });
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });

  it.each([
    ['a window of another kind', () => ({ boardId, window: '2026-11' }), 422, 'window_unknown'],
    ['no season under way', () => ({ boardId: seasonal }), 422, 'window_unknown'],
    ['a season that is not there', () => ({ boardId: seasonal, seasonId: newId() }), 404, 'not_found'],
    ['a board that is not there', () => ({ boardId: newId() }), 404, 'not_found'],
  ])('refuse %s', async (_what, input, status, code) => {
    await expectRefused(api, () => api.query('leaderboards.top', input()), { status, code });
  });

  it('of another program are as good as absent', async () => {
    const { key } = await api.program();
    const foreign = { status: 404, code: 'not_found' };
    await expectRefused(api, () => api.query('leaderboards.top', { boardId }, { key }), foreign);
    await expectRefused(api, () => api.mutate('leaderboards.createSeason', season(), { key }), foreign);
    const rename = { id: members[0], displayName: 'Mallory' };
    await expectRefused(api, () => api.mutate('members.setDisplayName', rename, { key }), foreign);
  });

  it('say that the schedule cannot be reached when Temporal is away', async () => {
    const away = { status: 503, code: 'live_view_unavailable' };
    await expectRefused(api, () => api.mutate('leaderboards.runNow', undefined), away);
    await expectRefused(api, () => api.query('leaderboards.schedule'), away);
  });
});

describe('seasons', () => {
  it('are announced, run, close, and then show their final standings with prizes', async () => {
    const prizes = [
      { fromRank: 1, toRank: 1, kind: 'badge', label: 'Champion' },
      { fromRank: 2, toRank: 2, kind: 'credit', amount: { minor: '500', unit: 'USD' } },
    ];
    const made = await api.mutate('leaderboards.createSeason', season({ prizes }));
    expect(made.data).toMatchObject({ state: 'announced', prizes });
    const { id } = made.data;
    const early = () => api.query('leaderboards.standings', { seasonId: id });
    await expectRefused(api, early, { status: 409, code: 'stage_forbids' });
    for (const [index, memberId] of members.slice(0, 3).entries()) {
      await score({ id, board: seasonal, key: `season:${id}` }, memberId, 300 - index);
    }
    const activities = testActivities(api.database);
    const step = { programId: api.programId, windowId: id, now_ms: Date.now() + 3 * HOUR_MS };
    await activities.closeWindow(step);
    await activities.freezeSeason(step);
    await activities.awardSeason(step);
    const first = await api.query('leaderboards.standings', { seasonId: id, limit: 2 });
    expect(first.data).toMatchObject({
      nextRank: 3,
      items: [
        { rank: 1, score: '300', won: { kind: 'badge', label: 'Champion', amount: null } },
        { rank: 2, score: '299', won: { kind: 'credit', amount: { minor: '500', unit: 'USD' } } },
      ],
    });
    const next = await api.query('leaderboards.standings', { seasonId: id, limit: 2, fromRank: 3 });
    expect(next.data).toMatchObject({ nextRank: null, items: [{ rank: 3, won: null }] });
    const listed = await api.query('leaderboards.seasons', { boardId: seasonal });
    expect(listed.data.items).toMatchObject([{ id, state: 'awarded' }]);
  });

  it.each([
    ['that ends before it starts', () => ({ endsAt: inHours(0.5) }), 400, 'season_ends_before_start'],
    ['that has begun', () => ({ startsAt: inHours(-1) }), 400, 'season_has_begun'],
    ['that overlaps another', () => ({ startsAt: inHours(1.5), endsAt: inHours(9) }), 409, 'season_overlaps'],
    ['on a board of the calendar', () => ({ boardId }), 422, 'board_not_seasonal'],
    ['on a board that is not there', () => ({ boardId: newId() }), 404, 'not_found'],
    [
      'with a prize of nothing',
      () => ({ startsAt: inHours(5), endsAt: inHours(6), prizes: [credit('0')] }),
      400,
      'amount_zero',
    ],
    ['with two prizes for a rank', () => ({ prizes: [credit('1'), credit('2')] }), 400, 'prizes_overlap'],
    ['with a time that is none', () => ({ startsAt: 'tomorrow' }), 400, 'input_invalid'],
  ])('one %s is refused', async (_what, change, status, code) => {
    const send = () => api.mutate('leaderboards.createSeason', season(change()));
    await expectRefused(api, send, { status, code });
  });

  it('of ten made at once for the same time, one stands', async () => {
    const wanted = season({ startsAt: inHours(100), endsAt: inHours(200) });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.mutate('leaderboards.createSeason', wanted)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ code }) => code))).toEqual(
      new Set(['season_overlaps']),
    );
  });
});

const credit = (minor: string) => ({
  fromRank: 1,
  toRank: 1,
  kind: 'credit',
  amount: { minor, unit: 'USD' },
});
