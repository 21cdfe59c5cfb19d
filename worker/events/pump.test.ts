import { NativeConnection } from '@temporalio/worker';
import { afterEach, describe, expect, test } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { cuttable } from '../../tests/support/cuttable.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { pumpInto, useEngine } from '../../tests/support/engine.ts';
import { handOver, outcomeOf, until } from '../../tests/support/hand-over.ts';
import { DAY_MS, footprint } from '../../tests/support/play.ts';
import {
  type EventSeed,
  fixedPolicy,
  referralIdOf,
  seedEvent,
  seedMember,
  seedProgram,
} from '../../tests/support/seed.ts';
import { claimEvents, roomForEvents } from './claim.ts';
import type { Pump } from './pump.ts';

let pumps: Pump[] = [];

const database = useDatabase({ poolMax: 20, isProved: true });
const engine = useEngine({ database, server: 'dev', pump: false });

afterEach(async () => {
  await Promise.all(pumps.map((pump) => pump.stop()));
  pumps = [];
  // What a test leaves waiting falls due while a later one looks at the queue.
  await database.db.event.updateMany({ where: { state: { not: 'decided' } }, data: { state: 'parked' } });
});

function startPump(connection = engine.env.nativeConnection as NativeConnection): void {
  pumps.push(pumpInto(database, connection));
}

async function open() {
  const { db } = database;
  const programId = await seedProgram(db, fixedPolicy(500n, 30));
  const ann = await seedMember(db, programId, 'ann');
  const keep = (event: EventSeed) => seedEvent(db, programId, { subject: 'bob', ...event });
  const inState = (id: string, state: string) =>
    until(`state ${state}`, async () => {
      const event = await db.event.findFirst({ where: { id } });
      return event?.state === state && event;
    });
  return {
    db,
    programId,
    ann,
    keep,
    inState,
    signUp: (subject = 'bob') => keep({ type: 'signup', subject, payload: { code: ann.code } }),
    pending: async () => (await balancesOf(db, programId, ann.id))[0]?.pending_minor ?? 0n,
  };
}

describe('an event that comes before what it builds on waits,', () => {
  test('a purchase for its signup, and then it qualifies', async () => {
    const { db, keep, inState, signUp, pending } = await open();
    startPump();
    const purchase = await keep({ type: 'purchase' });
    expect(await inState(purchase.id, 'waiting')).toMatchObject({ reason: 'waits_for_signup' });
    await signUp();
    expect(await outcomeOf(db, purchase.id)).toMatchObject({ decision: 'accepted', stage: 'qualified' });
    expect(await pending()).toBe(500n);
  });

  test('a refund for its purchase, and then it reverses', async () => {
    const { db, keep, inState, signUp, pending } = await open();
    startPump();
    const refund = await keep({ type: 'refund', refundOf: 'order-1' });
    expect(await inState(refund.id, 'waiting')).toMatchObject({ reason: 'waits_for_refunded_event' });
    await keep({ type: 'purchase', key: 'order-1' });
    await signUp();
    expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'accepted', stage: 'reversed' });
    expect(await pending()).toBe(0n);
  });

  test('a purchase for the end of its referral’s review, and then it qualifies', async () => {
    const { db, programId, ann, keep, inState } = await open();
    startPump();
    await keep({ type: 'signup', payload: { code: ann.code, email: 'someone@mailinator.com' } });
    const purchase = await keep({ type: 'purchase' });
    expect(await inState(purchase.id, 'waiting')).toBeTruthy();
    await until('the review', () => db.event.findFirst({ where: { id: purchase.id, reason: 'in_review' } }));
    const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
    await seedEvent(db, programId, { type: 'review.approved', workflowId });
    expect(await outcomeOf(db, purchase.id)).toMatchObject({ decision: 'accepted', stage: 'qualified' });
  });

  test('but not for ever: after a week it is set aside as unmatched, with the reason', async () => {
    const { db, programId, keep, inState } = await open();
    const waiting = [await keep({ type: 'purchase' }), await keep({ type: 'refund', refundOf: 'nothing' })];
    const receivedAt = new Date(Date.now() - 8 * DAY_MS);
    const ids = waiting.map(({ id }) => id);
    await db.event.updateMany({ where: { id: { in: ids } }, data: { receivedAt } });
    await db.program.update({ where: { id: programId }, data: { statusAt: receivedAt } });
    startPump();
    expect(await inState(ids[0] ?? '', 'unmatched')).toMatchObject({ reason: 'no signup came in time' });
    expect(await inState(ids[1] ?? '', 'unmatched')).toMatchObject({
      reason: 'no refunded_event came in time',
    });
  });
});

test('in a backlog nothing is handed over before half of what may be under decision is decided', async () => {
  const { db, programId, keep } = await open();
  const events = await Promise.all(Array.from({ length: 6 }, () => keep({ type: 'purchase' })));
  const dueAt = new Date(Date.now() + 120_000);
  await db.event.updateMany({ where: { programId }, data: { state: 'delivered', attempts: 1, dueAt } });
  expect(await roomForEvents(db, 10)).toBe(0);
  const stuck = { dueAt: new Date(Date.now() - 1_000) };
  await db.event.updateMany({ where: { programId, id: events[0]?.id ?? '' }, data: stuck });
  expect(await roomForEvents(db, 10)).toBe(5);
  await db.event.updateMany({ where: { programId }, data: { state: 'parked' } });
});

test('an event is claimed together with what waits for the same member, even where a batch has room for one', async () => {
  const { db, keep, signUp } = await open();
  const purchase = await keep({ type: 'purchase', key: 'order-1' });
  await signUp('somebody-else');
  const signup = await signUp();
  await keep({ type: 'purchase', due: new Date(Date.now() + 60_000) });
  const claimed = await claimEvents(db, 1);
  expect(claimed.map(({ id }) => id)).toEqual([purchase.id, signup.id]);
});

test('events that are claimed together are decided in the order in which they build on each other', async () => {
  const { db, keep, signUp } = await open();
  const refund = await keep({ type: 'refund', refundOf: 'order-1' });
  const purchase = await keep({ type: 'purchase', key: 'order-1' });
  const signup = await signUp();
  startPump();
  for (const { id } of [signup, purchase, refund])
    expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
});

test('what follows a refused signup is refused too, sent with it or later', async () => {
  const { db, keep } = await open();
  const signup = await keep({ type: 'signup', payload: { code: 'nosuch2' } });
  const together = await keep({ type: 'purchase', key: 'order-1' });
  startPump();
  expect(await outcomeOf(db, signup.id)).toMatchObject({ code: 'code_unknown' });
  expect(await outcomeOf(db, together.id)).toMatchObject({ decision: 'refused', code: 'not_referred' });
  const later = await keep({ type: 'purchase' });
  expect(await outcomeOf(db, later.id)).toMatchObject({ decision: 'refused', code: 'not_referred' });
  const refund = await keep({ type: 'refund', refundOf: 'order-1' });
  expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'refused', code: 'refund_of_unknown' });
});

test('a paused program’s events are held until it is live again', async () => {
  const { db, programId, inState, signUp } = await open();
  await db.program.update({ where: { id: programId }, data: { status: 'paused' } });
  startPump();
  const signup = await signUp();
  expect(await inState(signup.id, 'waiting')).toMatchObject({ reason: 'program_paused' });
  await db.program.update({ where: { id: programId }, data: { status: 'live' } });
  await db.event.updateMany({ where: { id: signup.id }, data: { dueAt: new Date() } });
  expect(await outcomeOf(db, signup.id)).toMatchObject({ decision: 'accepted' });
});

test('a pause that its end’s time has overtaken holds nothing any more', async () => {
  const { db, programId, keep, signUp } = await open();
  const signup = await signUp();
  const purchase = await keep({ type: 'purchase' });
  const endsAt = new Date(Date.now() + 1);
  await db.program.update({ where: { id: programId }, data: { status: 'paused', endsAt } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  startPump();
  for (const { id } of [signup, purchase])
    expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
});

test('a time of more than a week in a pause does not count against what waits for its signup', async () => {
  const { db, programId, keep, inState } = await open();
  const { id } = await keep({ type: 'purchase' });
  await db.event.updateMany({ where: { id }, data: { receivedAt: new Date(Date.now() - 8 * DAY_MS) } });
  await db.program.update({ where: { id: programId }, data: { statusAt: new Date() } });
  startPump();
  expect(await inState(id, 'waiting')).toMatchObject({ reason: 'waits_for_signup' });
});

test('after a program’s end a purchase of somebody who never signed up is refused, since no signup can come any more', async () => {
  const { db, programId, keep } = await open();
  const { id } = await keep({ type: 'purchase', subject: 'stranger' });
  await db.event.updateMany({ where: { id }, data: { receivedAt: new Date(Date.now() - 120_000) } });
  await db.program.update({ where: { id: programId }, data: { status: 'ended' } });
  startPump();
  expect(await outcomeOf(db, id)).toMatchObject({ decision: 'refused', code: 'not_referred' });
});

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
    const claimed = await claimEvents(db, 100);
    expect(claimed.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    if (when.startsWith('after')) {
      const deliveries = claimed.map(({ id, type }) => ({ eventId: id, type }));
      await handOver(engine, programId, `referral-${referralIdOf(programId, 'bob')}`, deliveries);
    }
    expect(await claimEvents(db, 100)).toEqual([]);
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

test('a pump that is told to stop while Temporal is away does not try all that it has claimed first', async () => {
  const { db, programId, signUp } = await open();
  const way = await cuttable(engine.env.address ?? '');
  const connection = await NativeConnection.connect({ address: way.address });
  try {
    await Promise.all(Array.from({ length: 40 }, (_, nth) => signUp(`m${nth}`)));
    way.cut();
    const pump = pumpInto(database, connection);
    await until('a claim', () => db.event.findFirst({ where: { programId, attempts: { gt: 0 } } }));
    const told_ms = performance.now();
    await pump.stop();
    // One try takes up to ten seconds; three deliveries at a time, all forty would take two minutes.
    expect(performance.now() - told_ms).toBeLessThan(15_000);
    expect(await db.event.count({ where: { programId, state: 'pending' } })).toBe(40);
  } finally {
    await connection.close();
    await way.close();
  }
});

test('while Temporal is away events are kept, and they are delivered when it is back', async () => {
  const { db, programId, keep, signUp, pending } = await open();
  const way = await cuttable(engine.env.address ?? '');
  const connection = await NativeConnection.connect({ address: way.address });
  try {
    way.cut();
    startPump(connection);
    const events = [await signUp(), await keep({ type: 'purchase' })];
    await until('a try', () => db.event.findFirst({ where: { programId, attempts: { gt: 0 } } }));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await db.event.count({ where: { programId, state: 'decided' } })).toBe(0);
    way.mend();
    for (const { id } of events) expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
    expect(await pending()).toBe(500n);
  } finally {
    await Promise.all(pumps.map((pump) => pump.stop()));
    await connection.close();
    await way.close();
  }
});
