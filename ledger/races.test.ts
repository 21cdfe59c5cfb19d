import { beforeEach, expect, test } from 'vitest';
import type { Posting } from '../domain/ledger/posting.ts';
import { expirePosting, reversePosting } from '../domain/ledger/postings.ts';
import { useDatabase } from '../tests/support/database.ts';
import { common, createFixture, type Fixture, NOW_MS, postingsOf } from '../tests/support/ledger.ts';
import { balancesOf, budgetOf } from './balances.ts';
import { expiredLots } from './expiry.ts';
import { setBudget } from './post.ts';

let fixture: Fixture;

const database = useDatabase({ poolMax: 25, isProved: true });

beforeEach(async () => {
  fixture = await createFixture(database.db, 4);
});

const balance = async () => (await balancesOf(database.db, fixture.programId, fixture.member))[0];
/** Of the four members in turn. */
const postingsOfNth = (index: number) => postingsOf(fixture.members[index % 4] ?? fixture.member);

/** Posts each in its own transaction, all at once. Returns the number accepted and the codes of refusals. */
async function race(postings: readonly Posting[]) {
  const outcomes = await Promise.all(postings.map((posting) => fixture.post(posting)));
  const codes = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.code]));
  return { accepted: outcomes.length - codes.length, codes: new Set(codes), outcomes };
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

test('of 40 concurrent spends of a balance that suffices for 7, exactly 7 succeed', async () => {
  await fixture.give(75n);
  const { accepted, codes } = await race(times(40, (i) => fixture.postings.reserve(`reserve:${i}`, 10n)));
  expect({ accepted, codes }).toEqual({ accepted: 7, codes: new Set(['floor_reached']) });
  expect(await balance()).toMatchObject({ available_minor: 5n, reserved_minor: 70n });
});

test('50 concurrent replays of one posting post once, and all get the same answer', async () => {
  const posting = fixture.postings.granted('grant:a', 10n);
  const { accepted, outcomes } = await race(times(50, () => posting));
  expect(accepted).toBe(50);
  const posted = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value : []));
  expect(new Set(posted.map(({ transactionId }) => transactionId)).size).toBe(1);
  expect(posted.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await balance()).toMatchObject({ available_minor: 10n });
});

test('of 20 concurrent postings with other content under one key, one is posted', async () => {
  const make = (i: number) => fixture.postings.held('grant:a', BigInt(i + 1));
  expect(await race(times(20, make))).toMatchObject({ accepted: 1, codes: new Set(['key_reused']) });
});

test('a grant that is taken back 20 times at once is taken back once', async () => {
  await fixture.give(10n, { key: 'grant:a' });
  await fixture.give(500n);
  const make = (i: number) => fixture.postings.reverse(`reverse:${i}`, 10n, 'grant:a');
  expect(await race(times(20, make))).toMatchObject({ accepted: 1, codes: new Set(['already_resolved']) });
  expect(await balance()).toMatchObject({ available_minor: 500n, owed_minor: 0n });
});

test('settle against release against settle: a reserve is resolved by exactly one', async () => {
  for (const round of times(10, (i) => i)) {
    await fixture.give(10n);
    const reserve = `reserve:${round}`;
    await fixture.post(fixture.postings.reserve(reserve, 10n));
    const { accepted } = await race([
      fixture.postings.settle(`settle:${round}`, 10n, reserve),
      fixture.postings.release(`release:${round}`, 10n, reserve),
      fixture.postings.settle(`settle-again:${round}`, 10n, reserve),
    ]);
    expect(accepted).toBe(1);
    expect((await balance())?.reserved_minor).toBe(0n);
  }
});

test('maturing against a reversal before maturity: a hold is resolved by exactly one', async () => {
  for (const round of times(10, (i) => i)) {
    const hold = `grant:${round}`;
    await fixture.post(fixture.postings.held(hold, 10n));
    const { accepted } = await race([
      fixture.postings.mature(`mature:${round}`, 10n, hold),
      reversePosting({
        ...common(`reverse:${round}`, 10n, fixture.member),
        held_minor: 10n,
        origin: hold,
        endsHold: true,
        isWhole: true,
      }),
    ]);
    expect(accepted).toBe(1);
    expect((await balance())?.pending_minor).toBe(0n);
  }
});

test('expiry against a spend of the same lot: one has it, never both', async () => {
  for (const round of times(10, (i) => i)) {
    await fixture.give(10n, { expires_at_ms: NOW_MS });
    const { accepted } = await race([
      fixture.postings.reserve(`reserve:${round}`, 10n),
      expirePosting(common(`expire:${round}`, 10n, fixture.member)),
    ]);
    expect(accepted).toBe(1);
    expect((await balance())?.available_minor).toBe(0n);
  }
});

test('expiry against a refund of what expires: nothing is owed, whichever comes first', async () => {
  for (const round of times(10, (i) => i)) {
    const grants = [];
    for (const memberId of fixture.members) {
      grants.push(await fixture.give(10n, { memberId, expires_at_ms: NOW_MS }));
    }
    const expiries = (await expiredLots(database.db, new Date(NOW_MS), 100)).map(({ posting }) => posting);
    const backs = grants.map((grant, nth) =>
      postingsOfNth(nth).reverse(`reverse:${round}:${nth}`, 10n, grant),
    );
    const calls = [backs.slice(0, 1), backs.slice(1), ...expiries.map((posting) => [posting])];
    const outcomes = await Promise.all(calls.map((call) => fixture.post(...call)));
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.code).toBe('lot_changed');
    for (const memberId of fixture.members) {
      const [left] = await balancesOf(database.db, fixture.programId, memberId, new Date(NOW_MS));
      expect(left).toMatchObject({ available_minor: 0n, owed_minor: 0n });
    }
    expect(await expiredLots(database.db, new Date(NOW_MS), 100)).toEqual([]);
  }
});

test('opposed movements of many members, several in a call, in any order, never deadlock', async () => {
  for (const memberId of fixture.members) await fixture.give(1_000n, { memberId });
  const calls = times(60, (call) => {
    const order = call % 2 === 0 ? fixture.members : fixture.members.toReversed();
    const postings = order.map((memberId, i) => postingsOf(memberId).reserve(`reserve:${call}:${i}`, 1n));
    const grants = order.map((memberId, i) => postingsOf(memberId).granted(`grant:${call}:${i}`, 1n));
    return call % 3 === 0 ? [...grants, ...postings] : [...postings, ...grants];
  });
  const outcomes = await Promise.all(calls.map((postings) => fixture.post(...postings)));
  expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
  expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 60n });
});

test('calls with the same postings in opposite order, on new accounts, post each once', async () => {
  const grants = times(20, (i) => {
    const { held, granted } = postingsOfNth(i);
    return i % 2 === 0 ? held(`grant:${i}`, 1n) : granted(`grant:${i}`, 1n);
  });
  const calls = times(20, (call) => (call % 2 === 0 ? grants : grants.toReversed()));
  const outcomes = await Promise.all(calls.map((postings) => fixture.post(...postings)));
  const posted = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value : []));
  expect(posted).toHaveLength(400);
  expect(posted.filter(({ replayed }) => !replayed)).toHaveLength(20);
});

test('concurrent grants at the cap spend the budget to the last unit and not beyond', async () => {
  await database.db.$transaction((tx) => setBudget(tx, fixture.programId, 'USD', 100n));
  const make = (i: number) => postingsOfNth(i).held(`grant:${i}`, 7n);
  expect(await race(times(40, make))).toMatchObject({ accepted: 14, codes: new Set(['floor_reached']) });
  expect(await budgetOf(database.db, fixture.programId)).toEqual([
    { unit: 'USD', cap_minor: 100n, spent_minor: 98n },
  ]);
});

test('a cap set while grants run on every shard is exact: it counts what came before', async () => {
  const make = (i: number) => postingsOfNth(i).held(`grant:${i}`, 7n);
  const cap = () =>
    database.db.$transaction((tx) => setBudget(tx, fixture.programId, 'USD', 350n), { maxWait: 30_000 });
  const [, capped] = await Promise.all([race(times(30, make)), cap()]);
  expect(capped.ok).toBe(true);
  const { codes } = await race(times(60, (i) => make(i + 30)));
  expect(codes).toEqual(new Set(['floor_reached']));
  expect(await budgetOf(database.db, fixture.programId)).toEqual([
    { unit: 'USD', cap_minor: 350n, spent_minor: 350n },
  ]);
});
