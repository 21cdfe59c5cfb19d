import { expect, test } from 'vitest';
import { seedItem } from '../../tests/support/catalogue.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, topOf } from '../../tests/support/leaderboards.ts';
import { at, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { count, doAct, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, seedRedemption } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function open() {
  const program = await playProgram(database, activities, pointsPolicy());
  const member = async (externalId: string) => ({ ...(await program.member(externalId)), externalId });
  return {
    program,
    db: program.db,
    programId: program.id,
    ann: await member('ann'),
    ben: await member('ben'),
  };
}

test('points count on boards that rank by them; a refund leaves the month they were earned in', async () => {
  const { program, db, programId, ann, ben } = await open();
  const board = await seedBoard(db, programId, 'month', 'points');
  const first = await doAct(program, ann, { at: at(1) });
  await doAct(program, ann, { at: at(2) });
  await doAct(program, ben, { at: at(3) });
  expect(await topOf(db, programId, board, '2026-01')).toEqual([
    [ann.id, 1, 20],
    [ben.id, 2, 10],
  ]);
  const refund = await seedEvent(db, programId, {
    type: 'refund',
    refundOf: first.key,
    subject: 'ann',
    at: at(40),
    workflowId: `member-${ann.id}`,
  });
  for (let time = 0; time < 2; time++) await count(program, ann.id, [refund.id]);
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 10 });
  expect((await topOf(db, programId, board, '2026-01')).map(([, , score]) => score)).toEqual([10, 10]);
  expect(await topOf(db, programId, board, '2026-02')).toEqual([]);
});

test('a level’s items are for whoever reached it, and may be paid with the points themselves', async () => {
  const { program, db, programId, ann, ben } = await open();
  const item = await seedItem(db, programId, { unit: 'PTS', priceMinor: 10n, minLevel: 2 });
  for (let time = 0; time < 5; time++) await doAct(program, ann);
  for (let time = 0; time < 4; time++) await doAct(program, ben);
  const ask = async (memberId: string) => {
    const { id, eventId } = await seedRedemption(db, programId, memberId, {
      minor: 10n,
      unit: 'PTS',
      method: 'manual',
      itemId: item.id,
    });
    return await activities.reserveRedemption({ programId, redemptionId: id, now_ms: T0_MS, eventId });
  };
  expect(await ask(ben.id)).toMatchObject({ status: 'refused', reason: 'not_eligible' });
  expect((await ask(ann.id)).status).toMatch(/awaiting_approval|paying/);
  expect(await pointsOf(program, ann.id)).toEqual({ available: 40, lifetime: 50, level: 'silver' });
  expect(await pointsOf(program, ben.id)).toMatchObject({ available: 40, level: 'bronze' });
});
