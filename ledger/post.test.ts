import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import { createFixture, type Fixture, NOW_MS, postingsOf } from '../tests/support/ledger.ts';
import { balancesOf, budgetOf } from './balances.ts';
import { post, setBudget } from './post.ts';

let fixture: Fixture;

const database = useDatabase();

beforeEach(async () => {
  fixture = await createFixture(database.db, 2);
});

const held = (key: string, minor: bigint) => fixture.postings.held(key, minor);
const mature = (key: string, minor: bigint, hold: string) => fixture.postings.mature(key, minor, hold);
const balance = async () => (await balancesOf(database.db, fixture.programId, fixture.member))[0];
const balanceRows = () =>
  database.db.ledgerBalance.findMany({
    where: { programId: fixture.programId },
    orderBy: { accountId: 'asc' },
  });
const lots = () =>
  database.db.ledgerLot.findMany({
    where: { account: { programId: fixture.programId } },
    select: { amountMinor: true, remainingMinor: true },
    orderBy: { id: 'asc' },
  });

test('a hold matures in the same call that makes it', async () => {
  const posted = await fixture.post(held('grant:a', 70n), mature('mature:a', 70n, 'grant:a'));
  expect(posted.ok).toBe(true);
  expect(await balance()).toMatchObject({ pending_minor: 0n, available_minor: 70n });
});

test('one key with one content is answered from the record, even after the clock has moved', async () => {
  const first = await fixture.post(held('grant:a', 70n));
  const again = await fixture.post({ ...held('grant:a', 70n), occurred_at_ms: NOW_MS + 5_000 });
  if (!(first.ok && again.ok)) throw new Error('both are accepted');
  expect(again.value[0]).toEqual({ ...first.value[0], replayed: true });
  expect(await balance()).toMatchObject({ pending_minor: 70n });
});

test('the same key with other content is refused and changes nothing', async () => {
  await fixture.post(held('grant:a', 70n));
  expect(await fixture.post(held('grant:a', 71n))).toMatchObject({ ok: false, code: 'key_reused' });
  expect(await balance()).toMatchObject({ pending_minor: 70n });
});

test('a key belongs to its program: another program may use it', async () => {
  const other = await createFixture(database.db);
  await fixture.give(5n, { key: 'grant:shared' });
  await other.give(6n, { key: 'grant:shared' });
  expect((await balancesOf(database.db, other.programId, other.member))[0]).toMatchObject({
    available_minor: 6n,
  });
});

test('a member of another program is refused', async () => {
  const stranger = await createFixture(database.db);
  const posting = stranger.postings.held('grant:x', 5n);
  expect(await fixture.post(posting)).toMatchObject({ ok: false, code: 'member_unknown' });
});

test('one refused posting takes the whole call with it, and the transaction around it goes on', async () => {
  const outcome = await database.db.$transaction(async (tx) => {
    const refused = await post(tx, fixture.programId, [
      held('grant:a', 70n),
      fixture.postings.reserve('reserve:a', 1n),
    ]);
    await tx.member.update({
      where: { programId_id: { programId: fixture.programId, id: fixture.member } },
      data: { locale: 'de' },
    });
    return refused;
  });
  expect(outcome).toMatchObject({ ok: false, code: 'floor_reached' });
  expect(await database.db.ledgerTransaction.count({ where: { programId: fixture.programId } })).toBe(0);
  expect(await database.db.member.count({ where: { id: fixture.member, locale: 'de' } })).toBe(1);
});

test('a hold is resolved once, a grant is taken back once, and what is named must be on record', async () => {
  await fixture.post(held('grant:a', 70n), mature('mature:a', 70n, 'grant:a'));
  await fixture.give(100n);
  await fixture.post(held('grant:b', 70n));
  expect(await fixture.post(mature('mature:again', 70n, 'grant:a'))).toMatchObject({
    ok: false,
    code: 'already_resolved',
  });
  const back = (key: string, grant: string) => fixture.postings.reverse(key, 70n, grant);
  expect((await fixture.post(back('reverse:a', 'grant:a'))).ok).toBe(true);
  expect(await fixture.post(back('reverse:b', 'grant:a'))).toMatchObject({
    ok: false,
    code: 'already_resolved',
  });
  expect(await fixture.post(back('reverse:c', 'grant:nowhere'))).toMatchObject({
    ok: false,
    code: 'posting_unknown',
  });
});

test('a refused posting, first or last in its call, leaves balances and versions as they were', async () => {
  await fixture.give(10n);
  await fixture.post(fixture.postings.reserve('reserve:a', 3n), held('grant:a', 5n));
  const asItWas = await balanceRows();
  const tooMuch = fixture.postings.reserve('reserve:b', 8n);
  const stranger = postingsOf(randomUUID()).held('grant:c', 1n);
  const calls = [
    [tooMuch],
    [held('grant:b', 1n), tooMuch],
    [tooMuch, held('grant:b', 1n)],
    [held('grant:b', 1n), stranger],
  ];
  for (const call of calls) expect((await fixture.post(...call)).ok).toBe(false);
  expect(await balanceRows()).toEqual(asItWas);
});

test('a clawback that the balance cannot meet is owed, and a later reward is netted against it', async () => {
  await fixture.give(100n, { key: 'grant:a' });
  await fixture.post(fixture.postings.reserve('reserve:a', 80n));
  await fixture.post(fixture.postings.reverse('reverse:a', 100n, 'grant:a'));
  expect(await balance()).toMatchObject({ available_minor: 0n, owed_minor: -80n, reserved_minor: 80n });
  const netted = await fixture.post(fixture.postings.granted('grant:b', 30n));
  if (!netted.ok) throw new Error(netted.message);
  expect(netted.value[0]?.legs.map(({ account, amount_minor }) => [account.kind, amount_minor])).toEqual([
    ['budget', -30n],
    ['owed', 30n],
  ]);
  await fixture.give(60n);
  expect(await balance()).toMatchObject({ available_minor: 10n, owed_minor: 0n });
});

test('lots are spent first-to-expire first, and a release gives back to the very lots', async () => {
  await fixture.give(10n);
  await fixture.give(20n, { expires_at_ms: NOW_MS + 2_000 });
  await fixture.give(30n, { expires_at_ms: NOW_MS + 1_000 });
  await fixture.post(fixture.postings.reserve('reserve:a', 45n));
  expect((await lots()).map((lot) => lot.remainingMinor)).toEqual([10n, 5n, 0n]);
  await fixture.post(fixture.postings.release('release:a', 45n, 'reserve:a'));
  expect((await lots()).map((lot) => lot.remainingMinor)).toEqual([10n, 20n, 30n]);
  await fixture.post(fixture.postings.reserve('reserve:b', 60n));
  await fixture.post(fixture.postings.settle('settle:b', 60n, 'reserve:b'));
  expect((await lots()).map((lot) => lot.remainingMinor)).toEqual([0n, 0n, 0n]);
});

test('the budget says its cap and what was spent of it', async () => {
  await database.db.$transaction((tx) => setBudget(tx, fixture.programId, 'USD', 1_000n));
  await fixture.give(250n);
  expect(await budgetOf(database.db, fixture.programId)).toEqual([
    { unit: 'USD', cap_minor: 1_000n, spent_minor: 250n },
  ]);
  const more = held(`grant:${randomUUID()}`, 751n);
  expect(await fixture.post(more)).toMatchObject({ ok: false, code: 'floor_reached' });
});
