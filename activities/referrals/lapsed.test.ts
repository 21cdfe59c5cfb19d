import { expect, test } from 'vitest';
import { reservePosting } from '../../domain/ledger/postings.ts';
import { post } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** Rewards that expire before or after their purchase is refunded. Bob buys on day 1. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** Matures on day 6 and expires on day 16. */
const share = testRule({
  id: 'share',
  trigger: { on: 'qualified' },
  benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
  hold_days: 5,
  expires_days: 10,
});

async function open() {
  const policy = testPolicy({
    earning_days: 60,
    qualification: { event: 'purchase', min_value: null, within_days: 30, condition: null },
    rules: [share],
  });
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  for (const friend of ['bob', 'cat']) await program.signUp(friend, { code: ann.code });
  const key = (name: string) => `${program.id}:${name}`;
  const days = {
    1: () => program.act('bob', { key: key('order'), at: at(1), value: usd(5_000n) }),
    6: () => program.mature('bob', at(6).getTime()),
    /** The upkeep books what has expired. */
    17: () => activities.expireLots({ now_ms: at(17).getTime() }),
  };
  const refund = (name: string, of: string, day: number, minor: bigint | null = null, now = day) =>
    program.refund('bob', key(of), {
      key: key(name),
      at: at(day),
      now_ms: at(now).getTime(),
      ...(minor !== null && { value: usd(minor) }),
    });
  const end = async () => {
    await activities.expireLots({ now_ms: at(40).getTime() });
    const { available_minor, owed_minor } = await program.balance(ann.id, at(40));
    return { available_minor, owed_minor };
  };
  return { program, ann, days, refund, end };
}

const NOTHING = { available_minor: 0n, owed_minor: 0n };

test.each([
  ['before its reward expires', 10, 10],
  ['after that', 20, 20],
  ['after that, of a day before', 10, 20],
])('a refund that comes %s leaves its referrer with nothing owed', async (_when, day, now) => {
  const { days, refund, end } = await open();
  await days[1]();
  await days[6]();
  if (now > 17) await days[17]();
  await refund('refund', 'order', day, null, now);
  expect(await end()).toEqual(NOTHING);
});

test('of a refund that comes before the upkeep has booked the expiry nothing is owed either', async () => {
  const { days, refund, end } = await open();
  await days[1]();
  await days[6]();
  await refund('refund', 'order', 20);
  expect(await end()).toEqual(NOTHING);
});

test('refunds in part, before and after, take what lapsed first, and what was spent is owed', async () => {
  const { program, ann, days, refund, end } = await open();
  await days[1]();
  await days[6]();
  await activities.expireLots({ now_ms: at(7).getTime() });
  const spent = { key: 'reserve', unit: 'USD', amount_minor: 200n, memberId: ann.id };
  const posting = reservePosting({ ...spent, occurred_at_ms: at(8).getTime() });
  await database.db.$transaction((tx) => post(tx, program.id, [posting]));
  await refund('one', 'order', 10, 1_000n);
  await days[17]();
  await refund('two', 'order', 20, 1_500n);
  expect(await end()).toEqual(NOTHING);
  await refund('three', 'order', 21);
  expect(await end()).toEqual({ available_minor: 0n, owed_minor: -200n });
});

test('a refund of a refund gives back what is expired again, and costs and gains nothing', async () => {
  const { days, refund, end } = await open();
  await days[1]();
  await days[6]();
  await days[17]();
  await refund('part', 'order', 20, 2_000n);
  await refund('back', 'part', 21);
  expect(await end()).toEqual(NOTHING);
  await refund('whole', 'order', 22);
  await refund('again', 'whole', 23);
  expect(await end()).toEqual(NOTHING);
  await refund('last', 'order', 24);
  expect(await end()).toEqual(NOTHING);
});

test('an operator who takes a reward back that has lapsed leaves nothing owed', async () => {
  const { program, days, end } = await open();
  await days[1]();
  await days[6]();
  await days[17]();
  await program.correct('bob', 'taken_back', { at: at(18) });
  expect(await end()).toEqual(NOTHING);
});

test('a refund of what lapsed leaves what another friend brought', async () => {
  const { program, ann, days, refund, end } = await open();
  await days[1]();
  await days[6]();
  await program.act('cat', { at: at(12), value: usd(3_000n) });
  await program.mature('cat', at(17).getTime());
  await days[17]();
  await refund('refund', 'order', 18);
  expect((await program.balance(ann.id, at(18))).available_minor).toBe(300n);
  expect(await end()).toEqual(NOTHING);
});
