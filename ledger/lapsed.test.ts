import { beforeEach, expect, test } from 'vitest';
import {
  maturePosting,
  mergeAvailablePosting,
  restorePosting,
  reversePosting,
} from '../domain/ledger/postings.ts';
import { must } from '../domain/refusal.ts';
import { useDatabase } from '../tests/support/database.ts';
import { common, createFixture, type Fixture, NOW_MS, rawSql } from '../tests/support/ledger.ts';
import { balancesOf } from './balances.ts';
import { expiredLots } from './expiry.ts';
import { postingsJson } from './wire.ts';

/** Value that expires, and grants that are taken back before and after, at moments from `NOW_MS` on. */
const database = useDatabase({ isProved: true });
let fixture: Fixture;

beforeEach(async () => {
  fixture = await createFixture(database.db);
});

const give = (minor: bigint, expires: number | null) =>
  fixture.give(minor, expires === null ? {} : { expires_at_ms: NOW_MS + expires });

let count = 0;
const reverse = async (origin: string, minor: bigint, at: number, isWhole = false) => {
  count += 1;
  const posting = fixture.postings.reverse(`reverse:${count}`, minor, origin, isWhole);
  return must(await fixture.post({ ...posting, occurred_at_ms: NOW_MS + at }));
};
const spend = async (minor: bigint, at: number) => {
  count += 1;
  const reserve = fixture.postings.reserve(`reserve:${count}`, minor);
  must(await fixture.post({ ...reserve, occurred_at_ms: NOW_MS + at }));
};

/** Books what has expired by a moment, as the upkeep does. */
async function book(at: number) {
  for (const { programId, posting } of await expiredLots(database.db, new Date(NOW_MS + at), 100)) {
    if (programId === fixture.programId) must(await fixture.post(posting));
  }
}

async function shown(at: number) {
  const [balance] = await balancesOf(database.db, fixture.programId, fixture.member, new Date(NOW_MS + at));
  return [balance?.available_minor ?? 0n, balance?.owed_minor ?? 0n];
}

const breakage = async () => {
  const { _sum } = await database.db.ledgerBalance.aggregate({
    where: { account: { programId: fixture.programId, kind: 'breakage' } },
    _sum: { balanceMinor: true },
  });
  return _sum.balanceMinor ?? 0n;
};

test.each([
  ['before it expires', 3, false],
  ['after that, and its expiry is booked', 8, true],
  ['after that, and its expiry is not booked yet', 8, false],
])('a grant that is taken back %s is not owed', async (_when, at, isBooked) => {
  const grant = await give(10n, 5);
  await give(4n, null);
  if (isBooked) await book(at);
  await reverse(grant, 10n, at, true);
  await book(20);
  expect(await shown(20)).toEqual([4n, 0n]);
  expect(await breakage()).toBe(0n);
});

test.each([
  [3, 4],
  [3, 8],
  [8, 9],
])(
  'what was spent of a grant is owed, and not what lapsed, at parts taken back at %i and %i',
  async (one, two) => {
    const grant = await give(10n, 5);
    await spend(4n, 1);
    await reverse(grant, 3n, one);
    await book(7);
    await reverse(grant, 6n, two);
    await book(20);
    expect(await shown(20)).toEqual([0n, -3n]);
    expect(await breakage()).toBe(0n);
  },
);

test('no more is revived of a grant than is taken back of it, and nothing twice', async () => {
  const grant = await give(10n, 5);
  await book(6);
  await reverse(grant, 3n, 7);
  expect(await breakage()).toBe(7n);
  await reverse(grant, 6n, 8);
  expect(await breakage()).toBe(1n);
  await reverse(grant, 5n, 9);
  expect(await breakage()).toBe(0n);
  expect(await shown(9)).toEqual([0n, -4n]);
});

test('what another grant lapsed does not help', async () => {
  const grant = await give(10n, 5);
  await give(10n, 5);
  await spend(10n, 1);
  await book(6);
  await reverse(grant, 10n, 7);
  expect(await shown(7)).toEqual([0n, -10n]);
  expect(await breakage()).toBe(10n);
});

test.each([[3], [6]])(
  'a grant that is taken back takes its own lot, also at %i, before others',
  async (at) => {
    await give(5n, 5);
    const later = await give(5n, 10);
    if (at > 5) await book(at);
    await reverse(later, 5n, at);
    await book(at);
    expect(await shown(3)).toEqual([at === 3 ? 5n : 0n, 0n]);
    expect(await shown(6)).toEqual([0n, 0n]);
  },
);

test('what matures comes of its hold', async () => {
  must(await fixture.post(fixture.postings.held('grant:h', 10n)));
  const matured = { hold: 'grant:h', lot_expires_at_ms: NOW_MS + 5 };
  must(await fixture.post(maturePosting({ ...common('mature:h', 10n, fixture.member), ...matured })));
  await book(6);
  await reverse('grant:h', 10n, 7, true);
  expect(await shown(7)).toEqual([0n, 0n]);
});

const restore = async (origin: string, minor: bigint, at: number, expires: number) => {
  count += 1;
  const input = { held: false, lot_expires_at_ms: NOW_MS + expires, origin };
  const posting = restorePosting({ ...common(`restore:${count}`, minor, fixture.member), ...input });
  must(await fixture.post({ ...posting, occurred_at_ms: NOW_MS + at }));
};

test('what comes back after its expiry is expired again, and goes back again at no cost', async () => {
  const grant = await give(10n, 5);
  await book(6);
  await reverse(grant, 10n, 7);
  await restore(grant, 10n, 8, 5);
  expect(await shown(8)).toEqual([0n, 0n]);
  await reverse(grant, 10n, 9);
  await restore(grant, 10n, 10, 5);
  await book(11);
  expect(await breakage()).toBe(10n);
  await reverse(grant, 10n, 12);
  expect(await shown(12)).toEqual([0n, 0n]);
});

test('what was taken from others comes back to them, with their own expiry', async () => {
  const grant = await give(10n, 5);
  await spend(10n, 1);
  await give(10n, 9);
  await reverse(grant, 8n, 6);
  expect(await shown(6)).toEqual([2n, 0n]);
  await restore(grant, 8n, 7, 5);
  expect(await shown(7)).toEqual([10n, 0n]);
  expect(await shown(9)).toEqual([0n, 0n]);
});

test('a call that takes several grants back revives of each its own', async () => {
  const [one, two] = [await give(10n, 5), await give(6n, 5)];
  await spend(7n, 1);
  await book(6);
  const postings = [fixture.postings.reverse('r:1', 10n, one), fixture.postings.reverse('r:2', 2n, two)];
  const posted = must(await fixture.post(...postings.map((it) => ({ ...it, occurred_at_ms: NOW_MS + 7 }))));
  expect(posted).toHaveLength(2);
  expect(await shown(7)).toEqual([0n, -7n]);
  expect(await breakage()).toBe(4n);
  const again = must(await fixture.post(...postings));
  expect(again.map(({ replayed }) => replayed)).toEqual([true, true]);
  expect(await breakage()).toBe(4n);
});

test.each([
  ['booked there before the merge', 6, true],
  ['not booked there when the refund comes', 6, false],
  ['nor is that, and the refund is dated before', 4, false],
])('what lapsed of an account that was merged is not owed by the other: %s', async (_when, at, isFirst) => {
  fixture = await createFixture(database.db, 2);
  const [goes = '', stays = ''] = fixture.members;
  const grant = await give(10n, 5);
  const never = await give(3n, null);
  if (isFirst) await book(6);
  const moved = { ...common('merge', 3n, goes), intoMemberId: stays };
  must(await fixture.post({ ...mergeAvailablePosting(moved), occurred_at_ms: NOW_MS + 6 }));
  await database.db.member.update({
    where: { programId_id: { programId: fixture.programId, id: goes } },
    data: { mergedInto: stays, mergedAt: new Date(NOW_MS), mergedBy: stays },
  });
  const back = { held_minor: 0n, endsHold: false, isWhole: true };
  for (const [origin, minor] of [
    [grant, 10n],
    [never, 3n],
  ] as const) {
    const posting = reversePosting({ ...common(`back:${origin}`, minor, stays), ...back, origin });
    must(await fixture.post({ ...posting, occurred_at_ms: NOW_MS + at }));
  }
  await book(20);
  for (const memberId of [goes, stays]) {
    const [left] = await balancesOf(database.db, fixture.programId, memberId, new Date(NOW_MS + 20));
    expect([left?.available_minor, left?.owed_minor ?? 0n]).toEqual([0n, 0n]);
  }
  expect(await breakage()).toBe(0n);
});

test('what an older version posted, which knew of no origin, is a replay of the same', async () => {
  const grant = await give(10n, null);
  const posting = fixture.postings.reverse('reverse:old', 10n, grant);
  const { origin: _origin, ...older } = JSON.parse(postingsJson([posting]))[0];
  const post = 'SELECT ledger_post($1, $2) AS answer';
  const [row] = await rawSql<{ answer: { ok: boolean } }>(database.url, post, [
    fixture.programId,
    JSON.stringify([older]),
  ]);
  expect(row?.answer.ok).toBe(true);
  expect(must(await fixture.post(posting)).map(({ replayed }) => replayed)).toEqual([true]);
});
