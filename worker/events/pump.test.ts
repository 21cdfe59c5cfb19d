import { NativeConnection } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { cuttable } from '../../tests/support/cuttable.ts';
import { pumpInto } from '../../tests/support/engine.ts';
import { handOver, outcomeOf, until } from '../../tests/support/hand-over.ts';
import { footprint } from '../../tests/support/play.ts';
import { usePumps } from '../../tests/support/pumped-engine.ts';
import { referralIdOf } from '../../tests/support/seed.ts';
import { roomFor } from '../../tests/support/turns.ts';
import { claimEvents } from './claim.ts';

const pumped = usePumps();
const { database, engine, startPump, open } = pumped;

test('three pumps on one queue give every event its effect once', async () => {
  const { db, programId, keep, signUp, pending } = await open();
  const subjects = Array.from({ length: 15 }, (_, nth) => `m${nth}`);
  for (let count = 0; count < 3; count += 1) startPump();
  const events = await Promise.all(
    subjects.flatMap((subject) => [keep({ type: 'purchase', subject }), signUp(subject)]),
  );
  for (const { id } of events) expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
  expect(await pending()).toBe(7_500n);
  expect(await footprint(db, programId)).toMatchObject({ referrals: 15, rewards: 15, outbox: 45 });
});

describe('a pump that dies loses nothing and repeats nothing,', () => {
  test.each(['before it handed over', 'after it handed over'])('%s', async (when) => {
    const { db, programId, keep, signUp, pending } = await open();
    const events = [await signUp(), await keep({ type: 'purchase' })];
    const claimed = await claimEvents(db, roomFor(100));
    expect(claimed.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    if (when.startsWith('after')) {
      const deliveries = claimed.map(({ id, type }) => ({ eventId: id, type }));
      await handOver(engine, programId, `referral-${referralIdOf(programId, 'bob')}`, deliveries);
    }
    expect(await claimEvents(db, roomFor(100))).toEqual([]);
    // The lease is not kept.
    await db.event.updateMany({ where: { programId, state: 'pending' }, data: { dueAt: new Date() } });
    startPump();
    for (const { id } of events) expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
    expect(await pending()).toBe(500n);
    expect(await footprint(db, programId)).toMatchObject({ referrals: 1, rewards: 1, outbox: 3 });
  });
});

test('an event that Temporal refuses for good is parked with the reason, and the others go on', async () => {
  const { db, keep, inState, signUp } = await open();
  const poison = await keep({ type: 'review.approved', workflowId: `referral-${'x'.repeat(2_000)}` });
  const signup = await signUp();
  startPump();
  expect(await inState(poison.id, 'parked')).toMatchObject({
    reason: 'Temporal refused the delivery as invalid',
  });
  expect(await outcomeOf(db, signup.id)).toMatchObject({ decision: 'accepted' });
});

test('an event that is handed over again and again and never decided is parked with the reason', async () => {
  const { db, inState, signUp } = await open();
  const { id } = await signUp();
  await db.event.updateMany({ where: { id }, data: { state: 'delivered', attempts: 40 } });
  startPump();
  expect(await inState(id, 'parked')).toMatchObject({ reason: 'handed over 40 times and never decided' });
});

test('a pump told to stop while Temporal is away does not try its whole claim first', async () => {
  const { db, programId, keep } = await open();
  const way = await cuttable(engine.env.address ?? '');
  const connection = await NativeConnection.connect({ address: way.address });
  try {
    const overdue = (nth: number) =>
      keep({ type: 'referral.overdue', workflowId: `referral-${referralIdOf(programId, `m${nth}`)}` });
    await Promise.all(Array.from({ length: 40 }, (_, nth) => overdue(nth)));
    way.cut();
    const pump = pumpInto(database, connection, engine.activities);
    await until('a claim', () => db.event.findFirst({ where: { programId, attempts: { gt: 0 } } }));
    const told_ms = performance.now();
    await pump.stop();
    // One try takes up to ten seconds; three deliveries at a time, all forty would take two minutes.
    expect(performance.now() - told_ms).toBeLessThan(60_000);
    expect(await db.event.count({ where: { programId, state: 'pending' } })).toBe(40);
  } finally {
    await connection.close();
    await way.close();
  }
}, 90_000);

test('while Temporal is away commands are kept, and they are delivered when it is back', async () => {
  const { db, programId, keep, signUp } = await open();
  const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
  const { id: signupId } = await signUp();
  await handOver(engine, programId, workflowId, [{ eventId: signupId, type: 'signup' }]);
  await outcomeOf(db, signupId);
  const way = await cuttable(engine.env.address ?? '');
  const connection = await NativeConnection.connect({ address: way.address });
  try {
    way.cut();
    startPump(connection);
    const command = await keep({ type: 'referral.overdue', workflowId });
    await until('a try', () => db.event.findFirst({ where: { programId, attempts: { gt: 0 } } }));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await db.event.count({ where: { programId, state: 'decided' } })).toBe(1);
    way.mend();
    expect(await outcomeOf(db, command.id)).toMatchObject({ decision: 'accepted' });
  } finally {
    await Promise.all(pumped.pumps.map((pump) => pump.stop()));
    await connection.close();
    await way.close();
  }
});
