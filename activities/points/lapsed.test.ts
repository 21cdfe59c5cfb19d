import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { doAct, pointRule, pointsPolicy } from '../../tests/support/points.ts';
import { usd } from '../../tests/support/seed.ts';

/** Points that expire before or after their purchase is refunded: of day 0, on day 10. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const spend = pointRule({
  id: 'spend',
  event: 'purchase',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
  expires_days: 10,
});
const review = pointRule({ id: 'review', event: 'review', award: { kind: 'fixed', points: 7 } });

async function open() {
  const program = await playProgram(database, activities, pointsPolicy({ rules: [spend, review] }));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  await doAct(program, ann, { type: 'purchase', key: 'order', value: usd(10_000n), at: at(0) });
  await doAct(program, ann, { type: 'review', at: at(0) });
  const refund = (key: string, refundOf: string, day: number, minor?: bigint) =>
    doAct(program, ann, {
      ...{ type: 'refund', key, refundOf, at: at(day) },
      ...(minor !== undefined && { value: usd(minor) }),
    });
  const book = (day: number) => activities.expireLots({ now_ms: at(day).getTime() });
  const end = async () => {
    await book(40);
    const { available_minor, owed_minor } = await program.balance(ann.id, at(40));
    return [available_minor, owed_minor];
  };
  return { refund, book, end };
}

test.each([
  ['before they expire', 5],
  ['after that', 15],
])('points that are taken back %s are not owed, and others stay', async (_when, day) => {
  const { refund, book, end } = await open();
  await book(day);
  await refund('r', 'order', day);
  expect(await end()).toEqual([7n, 0n]);
});

test.each([
  [3, 5],
  [5, 15],
  [15, 17],
])('parts of them that are taken back on days %i and %i neither', async (one, two) => {
  const { refund, book, end } = await open();
  await refund('a', 'order', one, 2_500n);
  await book(two);
  await refund('b', 'order', two, 3_000n);
  expect(await end()).toEqual([7n, 0n]);
});

test('points that come back after they expired are expired again, and may be taken again', async () => {
  const { refund, book, end } = await open();
  await book(12);
  await refund('r', 'order', 15);
  await refund('b', 'r', 16);
  expect(await end()).toEqual([7n, 0n]);
  await refund('r2', 'order', 17);
  expect(await end()).toEqual([7n, 0n]);
});
