import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { outcomeOf, until } from '../../tests/support/hand-over.ts';
import { pointRule, pointsPolicy } from '../../tests/support/points.ts';
import { type EventSeed, seedEvent, seedMember, seedProgram, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ poolMax: 20, isProved: true });
const engine = useEngine({ database, server: 'dev' });

const spend = pointRule({
  id: 'spend',
  event: 'purchase',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
});

async function open() {
  const { db } = database;
  const programId = await seedProgram(db, pointsPolicy({ rules: [pointRule(), spend] }));
  const ann = await seedMember(db, programId, 'ann');
  const keep = (event: EventSeed) => seedEvent(db, programId, { subject: 'bob', ...event });
  const lifetime = async (externalId = 'bob') => {
    const row = await db.memberPoints.findFirst({ where: { programId, member: { externalId } } });
    return Number(row?.lifetimeMinor ?? 0n);
  };
  const reaches = (points: number) => until(`${points} points`, async () => (await lifetime()) === points);
  const settled = () =>
    until(
      'all to be decided',
      async () => (await db.event.count({ where: { programId, state: { not: 'decided' } } })) === 0,
    );
  return {
    db,
    programId,
    keep,
    reaches,
    settled,
    know: () => seedMember(db, programId, 'bob'),
    signUp: (code = ann.code) => keep({ type: 'signup', payload: { code } }),
    stateOf: async (id: string) => (await db.event.findFirstOrThrow({ where: { programId, id } })).state,
  };
}

test('an action that no referral can use is decided for a known member without any signup', async () => {
  const { db, keep, know, reaches, programId } = await open();
  const bob = await know();
  const action = await keep({ type: 'contribution' });
  expect(await outcomeOf(db, action.id)).toMatchObject({ decision: 'accepted', points: [{ granted: true }] });
  await reaches(10);
  const row = await db.event.findFirstOrThrow({ where: { programId, id: action.id } });
  expect(row.workflowId).toBe(`member-${bob.id}`);
});

test('a known member’s purchase counts at once, and waits for the signup that it qualifies', async () => {
  const { db, keep, know, reaches, signUp, settled, stateOf } = await open();
  await know();
  const order = await keep({ type: 'purchase', key: 'order-1', value: usd(700n) });
  await reaches(7);
  expect(await stateOf(order.id)).toBe('waiting');
  await signUp();
  expect(await outcomeOf(db, order.id)).toMatchObject({ decision: 'accepted', stage: expect.anything() });
  await settled();
  await reaches(7);
  const refund = await keep({ type: 'refund', refundOf: 'order-1' });
  expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
  await reaches(0);
  await settled();
});

test('a refund takes a known member’s points back at once, though their signup may still come', async () => {
  const { db, keep, know, reaches, signUp, settled, stateOf } = await open();
  await know();
  const order = await keep({ type: 'purchase', key: 'order-2', value: usd(10_000n) });
  await reaches(100);
  const part = await keep({ type: 'refund', refundOf: 'order-2', value: usd(4_000n) });
  await reaches(60);
  const back = await keep({ type: 'refund', refundOf: part.key });
  await reaches(100);
  expect(await Promise.all([order, part, back].map(({ id }) => stateOf(id)))).toEqual(
    Array(3).fill('waiting'),
  );
  await signUp();
  expect(await outcomeOf(db, back.id)).toMatchObject({ decision: 'accepted' });
  const rest = await keep({ type: 'refund', refundOf: 'order-2' });
  expect(await outcomeOf(db, rest.id)).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
  await settled();
  await reaches(0);
});

test('what was counted before a signup that nobody is credited with is not counted again', async () => {
  const { db, keep, know, reaches, stateOf } = await open();
  await know();
  await keep({ type: 'purchase', key: 'order-3', value: usd(10_000n) });
  await reaches(100);
  const part = await keep({ type: 'refund', refundOf: 'order-3', value: usd(4_000n) });
  await reaches(60);
  await until('the wait', async () => (await stateOf(part.id)) === 'waiting');
  const signup = await keep({ type: 'signup', payload: {} });
  expect(await outcomeOf(db, signup.id)).toMatchObject({ code: 'no_attribution' });
  await until('its decision', async () => (await stateOf(part.id)) === 'decided');
  const rest = await keep({ type: 'refund', refundOf: 'order-3', value: usd(6_000n) });
  expect(await outcomeOf(db, rest.id)).toMatchObject({ decision: 'accepted' });
  await reaches(0);
});

test('an action of an unknown member waits for the signup, and counts once it is decided', async () => {
  const { db, keep, reaches, signUp, stateOf } = await open();
  const action = await keep({ type: 'contribution' });
  await until('the wait', async () => (await stateOf(action.id)) === 'waiting');
  await signUp();
  expect(await outcomeOf(db, action.id)).toMatchObject({ decision: 'refused', code: 'not_triggered' });
  await reaches(10);
});

test('what the referral refused and points counted can be refunded, once', async () => {
  const { db, keep, reaches, signUp } = await open();
  await signUp();
  const action = await keep({ type: 'contribution', key: 'talk' });
  expect(await outcomeOf(db, action.id)).toMatchObject({ decision: 'refused' });
  const refunds = await Promise.all([1, 2].map(() => keep({ type: 'refund', refundOf: 'talk' })));
  const outcomes = await Promise.all(refunds.map(({ id }) => outcomeOf(db, id)));
  await reaches(0);
  expect(outcomes.filter(({ decision }) => decision === 'accepted').length).toBeLessThanOrEqual(1);
  const reversals = await db.pointPosting.findMany({
    where: { source: 'reversal', member: { externalId: 'bob' } },
  });
  expect(reversals.filter(({ eventId }) => refunds.some(({ id }) => id === eventId))).toHaveLength(1);
});

test('a member with a refused signup has their actions and refunds decided for points', async () => {
  const { db, keep, know, reaches, signUp } = await open();
  await know();
  const signup = await signUp('nosuchcode');
  expect(await outcomeOf(db, signup.id)).toMatchObject({ decision: 'refused' });
  const order = await keep({ type: 'purchase', key: 'order-1', value: usd(700n) });
  expect(await outcomeOf(db, order.id)).toMatchObject({ decision: 'accepted' });
  await reaches(7);
  const refund = await keep({ type: 'refund', refundOf: 'order-1', value: usd(300n) });
  expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'accepted' });
  await reaches(4);
});

test('a refund of what was decided before the pump noted its place still goes to the member', async () => {
  const { db, programId, keep, know, reaches, signUp } = await open();
  const bob = await know();
  const signup = await signUp('nosuchcode');
  expect(await outcomeOf(db, signup.id)).toMatchObject({ decision: 'refused' });
  // Leased to a pump that has sent it and not come back yet.
  const due = new Date(Date.now() + 60_000);
  const order = await keep({ type: 'purchase', key: 'order-2', value: usd(700n), due });
  await engine.activities.countActions({
    programId,
    memberId: bob.id,
    eventIds: [order.id],
    now_ms: Date.now(),
  });
  await reaches(7);
  const refund = await keep({ type: 'refund', refundOf: 'order-2' });
  expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'accepted' });
  await reaches(0);
});
