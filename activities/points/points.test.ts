import { expect, test } from 'vitest';
import { reservePosting } from '../../domain/ledger/postings.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import { post, setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, T0, useActivities } from '../../tests/support/play.ts';
import { count, doAct, outcomeOf, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { eur, seedRate } from '../../tests/support/rates.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function open(points: Partial<PointsPolicy> = {}) {
  const program = await playProgram(database, activities, pointsPolicy(points));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  return { program, db: program.db, programId: program.id, ann };
}

/** Ann has brought bob, and gets so many points of each of his contributions. */
async function openMentored(points: number) {
  const mentor = pointRule({ id: 'mentor', recipient: 'referrer', award: { kind: 'fixed', points } });
  const play = await open({ rules: [pointRule(), mentor] });
  await play.program.signUp('bob', { code: play.ann.code });
  const where = { programId: play.programId, externalId: 'bob' };
  return { ...play, bob: await play.db.member.findFirstOrThrow({ where }) };
}

const byValue = pointRule({
  id: 'spend',
  event: 'purchase',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
});

test('an action of a member without a referrer earns points, and its level is announced once', async () => {
  const { program, db, programId, ann } = await open();
  for (let time = 0; time < 5; time++) await doAct(program, ann);
  expect(await pointsOf(program, ann.id)).toEqual({ available: 50, lifetime: 50, level: 'silver' });
  const levels = await db.levelChange.findMany({ where: { programId }, orderBy: { number: 'asc' } });
  expect(levels.map(({ fromLevel, toLevel }) => [fromLevel, toLevel])).toEqual([
    [null, 'bronze'],
    ['bronze', 'silver'],
  ]);
  const told = await db.outbox.findMany({ where: { programId, type: 'level.reached' } });
  expect(told.map(({ members }) => members)).toEqual([[ann.id], [ann.id]]);
});

test('the same event counted fifty times at once, and handed over by two ways, earns once', async () => {
  const { program, db, programId, ann } = await open();
  const event = await seedEvent(db, programId, {
    type: 'contribution',
    subject: 'ann',
    workflowId: `member-${ann.id}`,
  });
  const acted = await seedEvent(db, programId, {
    type: 'member.acted',
    key: `acted:${event.id}`,
    payload: { event: event.id },
    workflowId: `member-${ann.id}`,
  });
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      count(program, ann.id, index % 2 === 0 ? [event.id, acted.id] : [acted.id, event.id]),
    ),
  );
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 10, lifetime: 10 });
  expect(await outcomeOf(program, event.id)).toMatchObject({
    decision: 'accepted',
    points: [{ granted: true }],
  });
  expect(await outcomeOf(program, acted.id)).toEqual(await outcomeOf(program, event.id));
  expect(await db.outbox.count({ where: { programId, type: 'points.earned' } })).toBe(1);
});

test('an action that its referral refuses still earns points, for its referrer too', async () => {
  const { program, db, ann, bob, programId } = await openMentored(3);
  const action = await program.act('bob', { type: 'contribution' });
  expect(action.outcome).toMatchObject({ decision: 'refused', code: 'not_triggered' });
  await program.again(action, 'bob');
  const [acted, ...more] = await db.event.findMany({ where: { programId, type: 'member.acted' } });
  expect(more).toEqual([]);
  expect(acted).toMatchObject({ workflowId: `member-${bob.id}`, payload: { event: action.id } });
  await count(program, bob.id);
  expect(await pointsOf(program, bob.id)).toMatchObject({ lifetime: 10 });
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 3 });
  // The referrer's workflow hears of it, and the actor's does not hear of its own work.
  const told = await db.event.findMany({ where: { programId, key: { contains: ':points.moved:' } } });
  expect(told.map(({ workflowId }) => workflowId)).toEqual([`member-${ann.id}`]);
});

test('an action of a program without points costs its member’s workflow nothing', async () => {
  const program = await playProgram(database, activities);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await program.act('bob');
  expect(await program.db.event.count({ where: { programId: program.id, type: 'member.acted' } })).toBe(0);
});

test('points by value follow what is left of the event, over each refund of a part, once', async () => {
  const { program, ann } = await open({ rules: [byValue] });
  await doAct(program, ann, { type: 'purchase', key: 'order-1', value: usd(2_550n) });
  expect(await pointsOf(program, ann.id)).toEqual({ available: 25, lifetime: 25, level: 'bronze' });
  await doAct(program, ann, { type: 'refund', refundOf: 'order-1', value: usd(600n) });
  expect(await pointsOf(program, ann.id)).toEqual({ available: 19, lifetime: 19, level: null });
  const large = await doAct(program, ann, { type: 'refund', refundOf: 'order-1', value: usd(2_000n) });
  expect(large.outcome).toMatchObject({ code: 'refund_too_large' });
  await doAct(program, ann, { type: 'refund', refundOf: 'order-1' });
  expect(await pointsOf(program, ann.id)).toEqual({ available: 0, lifetime: 0, level: null });
  const again = await doAct(program, ann, { type: 'refund', refundOf: 'order-1' });
  expect(again.outcome).toMatchObject({ decision: 'refused', code: 'already_refunded' });
  const unknown = await doAct(program, ann, { type: 'refund', refundOf: 'order-9' });
  expect(unknown.outcome).toMatchObject({ code: 'refund_of_unknown' });
});

test('points by value count another unit by its own rate, less each refund of a part', async () => {
  const { program, db, programId, ann } = await open({ rules: [byValue] });
  await seedRate(db, programId, { from: 'EUR', to: 'USD', rate: '1.0853' });
  const order = await doAct(program, ann, { type: 'purchase', key: 'order-1', value: eur(2_550n) });
  // 27.68 dollars.
  expect(order.outcome.points).toMatchObject([{ granted: true, amount: { minor: '27', unit: 'PTS' } }]);
  await seedRate(db, programId, { from: 'EUR', to: 'USD', rate: '9', at: new Date(T0.getTime() - 1) });
  await doAct(program, ann, { type: 'refund', refundOf: 'order-1', value: eur(650n), key: 'part' });
  // 19.00 euros are left: 20.62 dollars.
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 20, lifetime: 20 });
  await doAct(program, ann, { type: 'refund', refundOf: 'part' });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 27, lifetime: 27 });
  await doAct(program, ann, { type: 'refund', refundOf: 'order-1', key: 'all' });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0, lifetime: 0 });
  const yen = await doAct(program, ann, { type: 'purchase', value: { minor: 5_000n, unit: 'JPY' } });
  expect(yen.outcome.points).toMatchObject([{ granted: false, code: 'rate_missing' }]);
});

test('a refund that reaches the member before what it takes back has it counted first', async () => {
  const { program, db, programId, ann } = await open({ rules: [byValue] });
  const order = await seedEvent(db, programId, {
    type: 'purchase',
    subject: 'ann',
    key: 'order-1',
    value: usd(500n),
    workflowId: `member-${ann.id}`,
  });
  await doAct(program, ann, { type: 'refund', refundOf: 'order-1' });
  expect(await outcomeOf(program, order.id)).toMatchObject({
    points: [{ amount: { minor: '5', unit: 'PTS' } }],
  });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0, lifetime: 0 });
});

test('a refund that was counted while it waited is not counted again once it is handed over', async () => {
  const { program, db, programId, ann } = await open({ rules: [byValue] });
  await doAct(program, ann, { type: 'purchase', key: 'order-1', value: usd(1_050n) });
  const workflowId = `member-${ann.id}`;
  const part = { type: 'refund', subject: 'ann', refundOf: 'order-1', value: usd(20n) };
  const refund = await seedEvent(db, programId, part);
  await seedEvent(db, programId, {
    type: 'member.acted',
    key: `acted:${refund.id}`,
    payload: { event: refund.id },
    workflowId,
  });
  await count(program, ann.id);
  await count(program, ann.id, [refund.id]);
  expect(await outcomeOf(program, refund.id)).toMatchObject({ decision: 'accepted' });
  const rest = await doAct(program, ann, { type: 'refund', refundOf: 'order-1', value: usd(1_030n) });
  expect(rest.outcome).toMatchObject({ decision: 'accepted' });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0 });
});

test('points spent before their event is refunded are owed, and netted from what comes later', async () => {
  const { program, db, programId, ann } = await open();
  await doAct(program, ann, { key: 'c1' });
  await db.$transaction(async (tx) => {
    const spend = { key: 'reserve:x', unit: 'PTS', amount_minor: 10n, memberId: ann.id, occurred_at_ms: 0 };
    await post(tx, programId, [reservePosting(spend)]);
  });
  await doAct(program, ann, { type: 'refund', refundOf: 'c1' });
  await doAct(program, ann);
  expect(await pointsOf(program, ann.id)).toEqual({ available: 0, lifetime: 10, level: null });
});

test('a cap, a condition and a budget each say no to one rule with its reason', async () => {
  const cap = { points: null, count: 1, period_days: 7 };
  const { program, ann } = await open({
    rules: [
      pointRule({ id: 'capped', cap }),
      pointRule({ id: 'picky', condition: 'event.properties.size == "large"' }),
      pointRule({ id: 'mentor', recipient: 'referrer' }),
    ],
    budget: 15,
  });
  const { db, id } = program;
  await db.$transaction((tx) => setBudget(tx, id, 'PTS', 15n));
  const large = { payload: { properties: { size: 'large' } } };
  const first = await doAct(program, ann, { at: at(0), payload: { properties: { size: 'small' } } });
  expect(first.outcome.points?.map(({ code }) => code)).toEqual([
    undefined,
    'condition_false',
    'not_referred',
  ]);
  const second = await doAct(program, ann, { at: at(6), ...large });
  expect(second.outcome.points?.map(({ code }) => code)).toEqual([
    'cap_reached',
    'budget_exhausted',
    'not_referred',
  ]);
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 10 });
});

test('two members who give each other points at the same time never wait for each other', async () => {
  const { program, ann, bob } = await openMentored(1);
  await program.signUp('ann', { code: bob.referralCode });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      doAct(program, index % 2 === 0 ? ann : { id: bob.id, externalId: 'bob' }),
    ),
  );
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 110 });
  expect(await pointsOf(program, bob.id)).toMatchObject({ lifetime: 110 });
});

test('a signup earns its member and their referrer points once, in review upon approval', async () => {
  const welcome = { event: 'signup', award: { kind: 'fixed', points: 7 } as const };
  const { program, db, programId, ann } = await open({
    rules: [
      pointRule({ ...welcome, id: 'welcome' }),
      pointRule({ ...welcome, id: 'invited', recipient: 'referrer' }),
    ],
  });
  await program.signUp('bob', { code: ann.code, email: 'bob@mailinator.com' });
  const inReview = await db.referral.findFirstOrThrow({ where: { programId } });
  expect(inReview.stage).toBe('in_review');
  expect(await db.event.count({ where: { programId, type: 'member.acted' } })).toBe(0);
  await program.review('bob', 'approved');
  const bob = await db.member.findFirstOrThrow({ where: { programId, externalId: 'bob' } });
  await count(program, bob.id);
  expect(await pointsOf(program, bob.id)).toMatchObject({ lifetime: 7 });
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 7 });
});
