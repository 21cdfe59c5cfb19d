import { expect, test } from 'vitest';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { doAct, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const byValue = pointRule({
  id: 'spend',
  event: 'purchase',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
});

async function open(points: Partial<PointsPolicy>) {
  const program = await playProgram(database, activities, pointsPolicy(points));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  const refund = (key: string, refundOf: string, minor?: bigint) =>
    doAct(program, ann, {
      type: 'refund',
      key,
      refundOf,
      at: at(1),
      ...(minor !== undefined && { value: usd(minor) }),
    });
  return { program, ann, refund };
}

test('a refund of a refund gives the points back, and the level that they had reached', async () => {
  const { program, ann, refund } = await open({ rules: [byValue] });
  await doAct(program, ann, { type: 'purchase', key: 'order', value: usd(10_000n) });
  await refund('r', 'order');
  expect(await pointsOf(program, ann.id)).toEqual({ available: 0, lifetime: 0, level: null });
  const back = await refund('b', 'r');
  expect(back.outcome).toMatchObject({ decision: 'accepted', trace: { restored_minor: '100' } });
  expect(await pointsOf(program, ann.id)).toEqual({ available: 100, lifetime: 100, level: 'gold' });
  expect((await refund('again', 'r')).outcome).toMatchObject({ code: 'already_refunded' });
  expect((await refund('of-it', 'b')).outcome).toMatchObject({ code: 'refund_of_unknown' });
  // The purchase can be refunded anew.
  await refund('r2', 'order');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0, lifetime: 0 });
});

test('of several refunds of a part, what the others take stays taken', async () => {
  const { program, ann, refund } = await open({ rules: [byValue] });
  await doAct(program, ann, { type: 'purchase', key: 'order', value: usd(10_000n) });
  await refund('a', 'order', 2_550n);
  await refund('b', 'order', 3_000n);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 44 });
  await refund('c', 'a');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 70 });
  expect((await refund('d', 'b', 100n)).outcome).toMatchObject({ code: 'refund_in_part' });
  await refund('e', 'b', 3_000n);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 100, lifetime: 100 });
});

test('an achievement that a refund had cost is earned again', async () => {
  const { program, ann, refund } = await open({
    rules: [],
    achievements: [
      {
        id: 'three',
        name: 'Three',
        test: { kind: 'nth', event: 'contribution', count: 3 },
        repeatable: false,
        benefit: { kind: 'points', points: 30 },
      },
    ],
  });
  for (const key of ['c1', 'c2', 'c3']) await doAct(program, ann, { key });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 30 });
  await refund('r', 'c1');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0 });
  const back = await refund('b', 'r');
  expect(back.outcome).toMatchObject({ achievements: ['three'] });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 30 });
});
