import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { whileHeld } from '../../tests/support/held.ts';
import { playProgram, useActivities } from '../../tests/support/play.ts';
import { count, doAct, outcomeOf, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const byValue = pointRule({
  id: 'spend',
  event: 'purchase',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
});

test('a refund that is counted where it waits and where it is handed over, at once, takes once', async () => {
  const { db } = database;
  const program = await playProgram(database, activities, pointsPolicy({ rules: [byValue] }));
  const programId = program.id;
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  await doAct(program, ann, { type: 'purchase', key: 'order-1', value: usd(1_000n) });
  const workflowId = `member-${ann.id}`;
  const part = { type: 'refund', subject: 'ann', refundOf: 'order-1', value: usd(300n) };
  const refund = await seedEvent(db, programId, part);
  const acted = await seedEvent(db, programId, {
    type: 'member.acted',
    key: `acted:${refund.id}`,
    payload: { event: refund.id },
    workflowId,
  });
  const lock = `SELECT FROM members WHERE id = '${ann.id}' FOR NO KEY UPDATE`;
  const both = await whileHeld(database.ownerUrl, lock, async (waiters) => {
    const counting = [acted, refund].map(({ id }) => count(program, ann.id, [id]));
    await waiters(2);
    return { counting };
  });
  await Promise.all(both.counting);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 7, lifetime: 7 });
  expect(await outcomeOf(program, refund.id)).toEqual(await outcomeOf(program, acted.id));
});
