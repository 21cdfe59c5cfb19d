import { expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedEvent, seedProgram, takeKey } from '../../tests/support/seed.ts';
import { roomFor } from '../../tests/support/turns.ts';
import { claimEvents } from './claim.ts';
import { route } from './route.ts';

const database = useDatabase();

test('a refund of what is not kept is too late, and so is one that takes such a refund back', async () => {
  const { db } = database;
  const programId = await seedProgram(db);
  await takeKey(db, { programId, key: 'order-1', id: newId() });
  const ann = { type: 'refund', subject: 'ann' };
  const kept = await seedEvent(db, programId, { ...ann, key: 'refund-1', refundOf: 'order-1' });
  const decided = { state: 'decided', outcome: { decision: 'accepted' }, decidedAt: new Date() } as const;
  await db.event.updateMany({ where: { programId, id: kept.id }, data: decided });
  const late = await seedEvent(db, programId, { ...ann, refundOf: 'order-1' });
  const back = await seedEvent(db, programId, { ...ann, refundOf: 'refund-1' });
  const early = await seedEvent(db, programId, { ...ann, refundOf: 'order-2' });
  const claimed = await claimEvents(db, roomFor(10));
  const routes = new Map(claimed.map((event) => [event.id, route(event, new Set(), Date.now())]));
  for (const { id } of [late, back]) {
    expect(routes.get(id)).toMatchObject({ to: 'refusal', code: 'refund_too_late' });
  }
  expect(routes.get(early.id)).toMatchObject({ to: 'wait' });
});
