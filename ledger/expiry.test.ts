import { beforeEach, expect, test } from 'vitest';
import { releasePosting, reservePosting } from '../domain/ledger/postings.ts';
import { useDatabase } from '../tests/support/database.ts';
import { common, createFixture, type Fixture, NOW_MS } from '../tests/support/ledger.ts';
import { balancesOf } from './balances.ts';
import { expiredLots } from './expiry.ts';

let fixture: Fixture;

const database = useDatabase();

beforeEach(async () => {
  fixture = await createFixture(database.db);
});

const due = async (at_ms = NOW_MS) => {
  const lots = await expiredLots(database.db, new Date(at_ms), 100);
  return lots.filter(({ programId }) => programId === fixture.programId);
};
const available = async () =>
  (await balancesOf(database.db, fixture.programId, fixture.member))[0]?.available_minor;

test('every expired lot lapses, whole and alone, and what has not expired stays', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS - 1 });
  await fixture.give(20n, { expires_at_ms: NOW_MS + 1 });
  await fixture.give(30n, { expires_at_ms: NOW_MS - 2 });
  await fixture.give(40n);
  const lots = await due();
  expect(lots.map(({ posting }) => posting.legs[0]?.amount_minor)).toEqual([-30n, -10n]);
  expect((await fixture.post(...lots.map(({ posting }) => posting))).ok).toBe(true);
  expect(await available()).toBe(60n);
  for (const { lotId, posting } of lots) {
    const allocations = await database.db.ledgerAllocation.findMany({
      where: { transaction: { key: posting.key } },
    });
    expect(allocations.map((allocation) => allocation.lotId)).toEqual([lotId]);
  }
  expect(await due()).toEqual([]);
});

test('an expiry of a lot that is not the first, not expired, or not what it was is refused', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS - 2 });
  await fixture.give(20n, { expires_at_ms: NOW_MS - 1 });
  const [first, second] = (await due()).map(({ posting }) => posting);
  if (first === undefined || second === undefined) throw new Error('both are due');
  expect(await fixture.post(second)).toMatchObject({ ok: false, code: 'lot_changed' });
  const early = { ...first, key: 'expire:early', occurred_at_ms: NOW_MS - 3 };
  expect(await fixture.post(early)).toMatchObject({ ok: false, code: 'lot_changed' });
  await fixture.post(reservePosting(common('reserve:a', 4n, fixture.member)));
  expect(await fixture.post(first)).toMatchObject({ ok: false, code: 'lot_changed' });
  expect(await available()).toBe(26n);
});

test('what a release returns to a lapsed lot lapses too, under a key of its own', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS });
  await fixture.give(50n);
  await fixture.post(reservePosting(common('reserve:a', 4n, fixture.member)));
  const before = await due();
  await fixture.post(...before.map(({ posting }) => posting));
  expect(await available()).toBe(50n);
  await fixture.post(releasePosting({ ...common('release:a', 4n, fixture.member), reserve: 'reserve:a' }));
  const after = await due();
  expect(after.map(({ lotId }) => lotId)).toEqual(before.map(({ lotId }) => lotId));
  expect((await fixture.post(...after.map(({ posting }) => posting))).ok).toBe(true);
  expect(await available()).toBe(50n);
});

test('an expiry that is posted twice lapses once', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS });
  const postings = (await due()).map(({ posting }) => posting);
  await fixture.post(...postings);
  expect(await fixture.post(...postings)).toMatchObject({ ok: true, value: [{ replayed: true }] });
  expect(await available()).toBe(0n);
});
