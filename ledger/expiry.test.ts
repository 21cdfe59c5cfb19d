import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { releasePosting } from '../domain/ledger/postings.ts';
import { useDatabase } from '../tests/support/database.ts';
import { common, createFixture, type Fixture, NOW_MS } from '../tests/support/ledger.ts';
import { balancesOf } from './balances.ts';
import { expiredLots } from './expiry.ts';
import { prove } from './prove.ts';

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
  (await balancesOf(database.db, fixture.programId, fixture.member, new Date(NOW_MS)))[0]?.available_minor;
const shown = async (at_ms: number) =>
  (await balancesOf(database.db, fixture.programId, fixture.member, new Date(at_ms)))[0];
const spend = (key: string, minor: bigint, at_ms = NOW_MS) =>
  fixture.post({ ...fixture.postings.reserve(key, minor), occurred_at_ms: at_ms });

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
  // Before it expired, somebody drew on it.
  await spend('reserve:a', 4n, NOW_MS - 3);
  expect(await fixture.post(first)).toMatchObject({ ok: false, code: 'lot_changed' });
  expect(await shown(NOW_MS - 3)).toMatchObject({ available_minor: 26n });
});

test('what a release returns to a lapsed lot lapses too, under a key of its own', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS });
  await fixture.give(50n);
  await spend('reserve:a', 4n, NOW_MS - 1);
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

test('what has expired is neither shown nor spent, before its expiry is posted', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS });
  await fixture.give(5n, { expires_at_ms: NOW_MS + 1 });
  await fixture.give(20n);
  expect(await shown(NOW_MS - 1)).toMatchObject({ available_minor: 35n });
  expect(await shown(NOW_MS)).toMatchObject({ available_minor: 25n });
  expect(await shown(NOW_MS + 1)).toMatchObject({ available_minor: 20n });
  expect(await spend('reserve:all', 26n)).toMatchObject({ ok: false, code: 'floor_reached' });
  expect(await spend('reserve:late', 21n, NOW_MS + 1)).toMatchObject({ ok: false, code: 'floor_reached' });
  expect(await spend('reserve:rest', 25n)).toMatchObject({ ok: true });
  expect(await shown(NOW_MS)).toMatchObject({ available_minor: 0n, reserved_minor: 25n });
  // The expiry books what was gone already, and changes nothing that is shown.
  const lots = await due();
  expect(lots.map(({ posting }) => posting.legs[0]?.amount_minor)).toEqual([-10n]);
  expect(await fixture.post(...lots.map(({ posting }) => posting))).toMatchObject({ ok: true });
  expect(await shown(NOW_MS)).toMatchObject({ available_minor: 0n, reserved_minor: 25n });
});

test('a moment before a lot expires it is spent first, and all of it', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS + 1 });
  await fixture.give(5n);
  expect(await spend('reserve:most', 12n)).toMatchObject({ ok: true });
  expect(await due(NOW_MS + 1)).toEqual([]);
  expect(await shown(NOW_MS + 1)).toMatchObject({ available_minor: 3n });
});

test('a clawback of what was spent takes what has not expired, and the rest is owed', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS });
  await fixture.give(4n);
  const key = await fixture.give(10n, { expires_at_ms: NOW_MS + 1 });
  expect(await spend('reserve:a', 10n, NOW_MS)).toMatchObject({ ok: true });
  expect(await fixture.post(fixture.postings.reverse('reverse:a', 10n, key))).toMatchObject({ ok: true });
  expect(await shown(NOW_MS)).toMatchObject({ available_minor: 0n, owed_minor: -6n });
  expect(await fixture.post(...(await due()).map(({ posting }) => posting))).toMatchObject({ ok: true });
  expect(await shown(NOW_MS)).toMatchObject({ available_minor: 0n, owed_minor: -6n });
});

test('what a release gives back to a lot that expired meanwhile is not available', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS + 5 });
  await fixture.give(10n);
  await spend('reserve:a', 10n);
  await fixture.post({
    ...fixture.postings.release('release:a', 10n, 'reserve:a'),
    occurred_at_ms: NOW_MS + 9,
  });
  expect(await shown(NOW_MS + 9)).toMatchObject({ available_minor: 10n, reserved_minor: 0n });
  expect(await spend('reserve:b', 11n, NOW_MS + 9)).toMatchObject({ ok: false, code: 'floor_reached' });
  expect(await spend('reserve:c', 10n, NOW_MS + 9)).toMatchObject({ ok: true });
});

test('an expiry beside other postings is a mistake', async () => {
  await fixture.give(10n, { expires_at_ms: NOW_MS });
  const [lot] = await due();
  if (lot === undefined) throw new Error('it is due');
  await expect(fixture.post(lot.posting, fixture.postings.reserve('reserve:a', 1n))).rejects.toThrow(
    /beside/,
  );
});

type Step = {
  readonly kind: 'give' | 'spend' | 'release' | 'lapse';
  readonly minor: bigint;
  readonly expires: number | null;
};

/** Takes one step at a time; `open` are the reserves that no step has given back. */
async function take({ kind, minor, expires }: Step, at_ms: number, open: (readonly [string, bigint])[]) {
  if (kind === 'give') {
    await fixture.give(minor, expires === null ? {} : { expires_at_ms: NOW_MS + expires });
  } else if (kind === 'lapse') {
    for (const { posting } of await due(at_ms))
      expect(await fixture.post(posting)).toMatchObject({ ok: true });
  } else if (kind === 'release') {
    const [reserve, amount_minor] = open.pop() ?? [];
    if (reserve === undefined || amount_minor === undefined) return;
    const release = fixture.postings.release(`release:${reserve}`, amount_minor, reserve);
    expect(await fixture.post({ ...release, occurred_at_ms: at_ms })).toMatchObject({ ok: true });
  } else {
    const part_minor = await spendPart(minor, at_ms);
    if (part_minor > 0n) open.push([`part:${at_ms}`, part_minor]);
  }
}

/** Fails to spend more than is shown, and spends a part of it. Gives how much. */
async function spendPart(minor: bigint, at_ms: number): Promise<bigint> {
  const has_minor = (await shown(at_ms))?.available_minor ?? 0n;
  expect(await spend(`more:${at_ms}`, has_minor + 1n, at_ms)).toMatchObject({ code: 'floor_reached' });
  const part_minor = minor < has_minor ? minor : has_minor;
  if (part_minor === 0n) return 0n;
  expect(await spend(`part:${at_ms}`, part_minor, at_ms)).toMatchObject({ ok: true });
  expect((await shown(at_ms))?.available_minor).toBe(has_minor - part_minor);
  return part_minor;
}

test('whatever is given, spent, given back and lapses, what is shown is what can be spent', async () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('give', 'give', 'spend', 'release', 'lapse'),
    minor: fc.bigInt({ min: 1n, max: 30n }),
    expires: fc.option(fc.integer({ min: 0, max: 12 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      fixture = await createFixture(database.db);
      await fixture.give(1n);
      const open: (readonly [string, bigint])[] = [];
      for (const [turn, one] of steps.entries()) await take(one, NOW_MS + turn, open);
    }),
    { numRuns: 25 },
  );
  expect((await prove(database.url)).checks.filter((check) => !check.ok)).toEqual([]);
}, 120_000);
