import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Posting } from '../../domain/ledger/posting.ts';
import { releasePosting, reservePosting } from '../../domain/ledger/postings.ts';
import { must } from '../../domain/refusal.ts';
import { post } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, type History, histories, inOrder, weights } from '../../tests/support/histories.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** Rewards for the count that have matured before another referral becomes their nth. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const FRIENDS = ['bob', 'cat', 'dan', 'eve'] as const;
type Friend = (typeof FRIENDS)[number];

const second = testRule({
  id: 'second',
  trigger: { on: 'milestone', count: 2 },
  benefit: { kind: 'fixed', amount: usd(700n) },
  hold_days: 10,
  expires_days: 5,
});
const base = testPolicy({
  earning_days: 60,
  // A refund happens as it comes here, and none is to be too late.
  refund_days: 90,
  qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition: null },
});

async function open(rules = [second]) {
  const program = await playProgram(database, activities, { ...base, rules });
  const ann = await program.member('ann');
  for (const friend of FRIENDS) await program.signUp(friend, { code: ann.code });
  const key = (name: string) => `${program.id}:${name}`;
  const buy = (friend: Friend, day: number, now = day, name = `${friend}${day}`, minor = 5_000n) => {
    const play = { key: key(name), at: at(day), value: usd(minor), now_ms: at(now).getTime() };
    return program.act(friend, play);
  };
  const refund = (friend: Friend, of: string, day: number, name = `-${of}`, minor: bigint | null = null) =>
    program.refund(friend, key(of), {
      key: key(name),
      at: at(day),
      now_ms: at(day).getTime(),
      ...(minor !== null && { value: usd(minor) }),
    });
  const book = (day: number) => activities.expireLots({ now_ms: at(day).getTime() });
  const mature = async (day: number) => {
    for (const friend of FRIENDS) await program.mature(friend, at(day).getTime());
  };
  const has = async (day: number) => {
    const { available_minor, owed_minor } = await program.balance(ann.id, at(day));
    return available_minor + owed_minor;
  };
  const posted = async (posting: Posting) =>
    must(await database.db.$transaction((tx) => post(tx, program.id, [posting])));
  const common = (name: string, minor: bigint, day: number) => {
    const of = { unit: 'USD' as const, memberId: ann.id, amount_minor: minor };
    return { ...of, key: name, occurred_at_ms: at(day).getTime() };
  };
  return { program, buy, refund, book, mature, has, posted, common };
}

/** Bob buys on day 2 and Cat on day 5: it matures on day 15, and expires on day 20. */
async function matured() {
  const play = await open();
  await play.buy('bob', 2);
  await play.buy('cat', 5);
  await play.mature(15);
  expect(await play.has(19)).toBe(700n);
  return play;
}

test.each([
  ['and its expiry is booked', true],
  ['and its expiry is not booked yet', false],
])('a reward that lapsed %s is there again when its nth is a later one', async (_when, isBooked) => {
  const { buy, refund, book, has } = await matured();
  if (isBooked) await book(21);
  expect(await has(21)).toBe(0n);
  await buy('dan', 12, 22);
  expect(await has(22)).toBe(0n);
  await refund('bob', 'bob2', 23);
  expect([await has(23), await has(26), await has(27)]).toEqual([700n, 700n, 0n]);
  await book(28);
  await refund('dan', 'dan12', 29);
  expect(await has(29)).toBe(0n);
});

test('a reward has expired at once when its nth is an earlier one', async () => {
  const { program, buy, refund, book, mature, has } = await open();
  await buy('bob', 2);
  await buy('cat', 12);
  await mature(22);
  expect(await has(24)).toBe(700n);
  await buy('dan', 5, 24);
  expect([await has(19), await has(20), await has(24)]).toEqual([700n, 0n, 0n]);
  expect(await program.db.reward.count({ where: { programId: program.id, status: 'available' } })).toBe(1);
  await book(24);
  await refund('dan', 'dan5', 25);
  expect([await has(25), await has(26), await has(27)]).toEqual([700n, 700n, 0n]);
});

test('what was spent of it stays spent, and what a redemption gives back has the new expiry', async () => {
  const { buy, refund, book, has, posted, common } = await matured();
  await posted(reservePosting(common('reserve', 500n, 16)));
  await book(21);
  await buy('dan', 12, 22);
  await refund('bob', 'bob2', 23);
  expect(await has(23)).toBe(200n);
  await posted(releasePosting({ ...common('release', 500n, 24), reserve: 'reserve' }));
  expect([await has(24), await has(26), await has(27)]).toEqual([700n, 700n, 0n]);
});

test('a step that is repeated moves nothing twice', async () => {
  const { program, buy, refund, book, has } = await matured();
  await book(21);
  await buy('dan', 12, 22);
  const gone = await refund('bob', 'bob2', 23);
  await program.again(gone, 'bob', at(23).getTime());
  expect(await has(23)).toBe(700n);
});

type Step =
  | { readonly act: Friend; readonly day: number; readonly key: string; readonly minor: bigint }
  | { readonly refund: Friend; readonly of: string; readonly key: string; readonly minor: bigint | null };

const arrivalsOf = (friend: Friend, { purchases, refunds }: History): Arrival<Step>[] => [
  ...purchases.map(({ key, day, minor }) => {
    const own = `${friend}:${key}`;
    return { step: { act: friend, day, key: own, minor }, key: own, after: null };
  }),
  ...refunds.map(({ key, of, minor }) => {
    const [own, after] = [`${friend}:${key}`, `${friend}:${of}`];
    return { step: { refund: friend, of: after, key: own, minor }, key: own, after };
  }),
];

/** Everything has matured as it comes; some expires meanwhile, some later, and some never. */
const rules = [
  { ...second, hold_days: 1, expires_days: 25 },
  testRule({
    id: 'third',
    trigger: { on: 'milestone', count: 3 },
    benefit: { kind: 'fixed', amount: usd(90n) },
  }),
  testRule({
    id: 'ladder',
    benefit: {
      kind: 'milestone_rate',
      base: usd(100n),
      steps: [
        { count: 1, rate_bp: 1_000 },
        { count: 3, rate_bp: 5_000 },
      ],
    },
    hold_days: 0,
    expires_days: 60,
  }),
];

/** A day passes with each step, and expiries are booked on some. */
async function played(steps: readonly Step[], booked: readonly number[]) {
  const { program, buy, refund, book, mature, has } = await open(rules);
  for (const [nth, step] of steps.entries()) {
    const day = 25 + nth;
    if ((booked[nth % booked.length] ?? 0) > 500) await book(day);
    if ('act' in step) await buy(step.act, step.day, day, step.key, step.minor);
    else await refund(step.refund, step.of, day, step.key, step.minor);
    await mature(day);
  }
  const where = { programId: program.id, status: { not: 'reversed' as const } };
  const rewards = (await program.db.reward.findMany({ where })).map(
    ({ ruleId, amountMinor, reversedMinor, expiresAt }) =>
      [ruleId, amountMinor - reversedMinor, expiresAt?.toISOString()].join(' '),
  );
  const balances = [];
  for (const day of [60, 65, 70, 75, 80, 100]) balances.push(await has(day));
  return { rewards: rewards.toSorted(), balances };
}

test('in whatever order friends buy, what has matured expires by its nth', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(histories(2), histories(1), histories(2), histories(1)),
      ...[weights, weights, weights, weights],
      async (lives, one, other, booked, bookedElse) => {
        const arrivals = lives.flatMap((life, nth) => arrivalsOf(FRIENDS[nth] ?? 'bob', life));
        expect(await played(inOrder(arrivals, one), booked)).toEqual(
          await played(inOrder(arrivals, other), bookedElse),
        );
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
}, 400_000);
