import { expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, DAY_MS, playProgram, useActivities } from '../../tests/support/play.ts';
import {
  fixedPolicy,
  referralIdOf,
  seedProgram,
  testPolicy,
  testRule,
  usd,
} from '../../tests/support/seed.ts';
import { seedWebhook } from '../../tests/support/webhook-receiver.ts';

const database = useDatabase();
const activities = useActivities(database);

test('a referral whose deadline passed without its workflow is woken once for that deadline', async () => {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await program.act('bob');
  const alive = new Date();
  await program.signUp('cat', { code: ann.code }, { at: alive });
  expect(await activities.wakeOverdue()).toEqual({ woken: 1 });
  expect(await activities.wakeOverdue()).toEqual({ woken: 0 });
  const woken = await program.db.event.findFirstOrThrow({ where: { type: 'referral.overdue' } });
  const referralId = referralIdOf(program.id, 'bob');
  expect(woken).toMatchObject({ workflowId: `referral-${referralId}`, state: 'pending', occurredAt: at(30) });
  const ref = { programId: program.id, referralId, eventId: woken.id, now_ms: Date.now() };
  const seen = await activities.lookAtReferral(ref);
  expect(seen).toMatchObject({ stage: 'qualified', matures_at_ms: at(30).getTime() });
  expect(await activities.lookAtReferral(ref)).toEqual(seen);
  await program.mature('bob', ref.now_ms);
  await program.end('bob', ref.now_ms);
  expect(await activities.wakeOverdue()).toEqual({ woken: 0 });
});

test('lots lapse once their time is up, the first to expire first, only what is left of them', async () => {
  const rules = [testRule({ expires_days: 10, benefit: { kind: 'fixed', amount: usd(100n) } })];
  const program = await playProgram(database, activities, testPolicy({ rules }));
  const ann = await program.member('ann');
  for (const [subject, day] of [
    ['b', 0],
    ['c', 5],
  ] as const) {
    await program.signUp(subject, { code: ann.code }, { at: at(day) });
    await program.act(subject, { at: at(day) });
  }
  expect(await activities.expireLots({ now_ms: at(10).getTime() - 1 })).toEqual({ expired: 0 });
  expect(await activities.expireLots({ now_ms: at(10).getTime() })).toEqual({ expired: 1 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 100n });
  const together = await Promise.all(
    Array.from({ length: 4 }, () => activities.expireLots({ now_ms: at(15).getTime() })),
  );
  expect(together.some(({ expired }) => expired > 0)).toBe(true);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await activities.reconcile()).toMatchObject({ clean: true, failed: [] });
});

test('the first answers to mutations are forgotten after a week and not before', async () => {
  const key = (name: string, days: number) => ({
    scope: 'test',
    procedure: 'p',
    key: name,
    requestHash: 'h',
    response: {},
    createdAt: new Date(Date.now() - days * DAY_MS),
  });
  await database.db.idempotencyKey.createMany({ data: [key('old', 8), key('young', 6)] });
  expect(await activities.forgetAnswers()).toEqual({ forgotten: 1 });
  expect(await database.db.idempotencyKey.findMany({ select: { key: true } })).toEqual([{ key: 'young' }]);
});

test('mailbox keys that older rules made are made anew, once, and those of new members stay', async () => {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy());
  const old = [
    ['a', 'a.nn@me.com', 'a.nn@me.com'],
    ['b', 'bob@müller.de', 'bob@müller.de'],
    ['c', 'c-c+x@pm.me', 'c-c@pm.me'],
    ['d', 'd@xn--a.com', 'd@xn--a.com'],
  ] as const;
  await db.member.createMany({
    data: old.map(([externalId, email, emailKey]) => ({
      programId,
      id: newId(),
      externalId,
      referralCode: newId(),
      email,
      emailKey,
    })),
  });
  expect((await activities.rekeyMembers()).rekeyed).toBeGreaterThanOrEqual(old.length);
  const members = await db.member.findMany({ where: { programId }, orderBy: { externalId: 'asc' } });
  expect(members.map(({ email }) => email)).toEqual(old.map(([, email]) => email));
  expect(members.map(({ emailKey }) => emailKey)).toEqual([
    'a.nn@icloud.com',
    'bob@xn--mller-kva.de',
    'cc@proton.me',
    // No address by the rules of today: it keeps what it had.
    'd@xn--a.com',
  ]);
  expect(await activities.rekeyMembers()).toEqual({ rekeyed: 0 });
});

test('what people signed in with is forgotten once its time is over, and not before', async () => {
  const { db } = database;
  const [over, open] = [new Date(Date.now() - 1_000), new Date(Date.now() + 60_000)];
  const userId = newId();
  await db.user.create({ data: { id: userId, name: 'Ann', email: 'ann@example.com' } });
  for (const expiresAt of [over, open]) {
    const id = newId();
    await db.userSession.create({ data: { id, userId, token: id, expiresAt } });
    await db.userVerification.create({ data: { id, identifier: id, value: 'v', expiresAt } });
    await db.userAttempt.create({ data: { id, tries: 1, expiresAt } });
    await db.userEmail.create({ data: { id, sealed: 's', dueAt: over, expiresAt } });
  }
  for (const hours of [2, 0]) {
    const startedAt = new Date(Date.now() - hours * 3_600_000);
    await db.rateWindow.create({ data: { keyId: newId(), startedAt, used: 1 } });
  }
  expect(await activities.forgetAnswers()).toEqual({ forgotten: 5 });
  const left = [db.userSession.findMany(), db.userVerification.findMany(), db.userAttempt.findMany()];
  for (const rows of await Promise.all([...left, db.userEmail.findMany()])) {
    expect(rows.map(({ expiresAt }) => expiresAt)).toEqual([open]);
  }
  expect(await db.rateWindow.count()).toBe(1);
});

test('an event handed over an hour ago and undecided makes a reconciliation unclean', async () => {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const ann = await program.member('ann');
  const { id } = await program.signUp('bob', { code: ann.code });
  const stuck = { state: 'delivered' as const, receivedAt: new Date(Date.now() - 2 * 3_600_000) };
  await program.db.event.updateMany({ where: { id }, data: stuck });
  expect(await activities.reconcile()).toMatchObject({ clean: false, failed: [], overdue: 1 });
});

test('deliveries are forgotten after a month, once they have ended, and not before', async () => {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy());
  const { id } = await seedWebhook(db, programId, { url: 'https://shop.example/hook' });
  const queued = { programId, endpointId: id, subject: 'referral:1' };
  const old_ms = Date.now() - 31 * DAY_MS;
  await db.webhookDelivery.createMany({
    data: [
      { ...queued, id: newId(old_ms), outboxId: 1n, state: 'delivered', endedAt: new Date(old_ms) },
      { ...queued, id: newId(old_ms), outboxId: 2n, state: 'waiting' },
      { ...queued, id: newId(old_ms + 2 * DAY_MS), outboxId: 3n, state: 'failed', endedAt: new Date() },
    ],
  });
  expect(await activities.forgetDeliveries({ now_ms: Date.now() })).toEqual({ forgotten: 1 });
  const left = await db.webhookDelivery.findMany({ where: { endpointId: id }, orderBy: { outboxId: 'asc' } });
  expect(left.map(({ outboxId }) => outboxId)).toEqual([2n, 3n]);
});
