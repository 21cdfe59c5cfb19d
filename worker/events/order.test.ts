import { describe, expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { outcomeOf, until } from '../../tests/support/hand-over.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import { usePumps } from '../../tests/support/pumped-engine.ts';
import { referralIdOf, seedEvent, takeKey } from '../../tests/support/seed.ts';
import { roomFor } from '../../tests/support/turns.ts';
import { claimEvents } from './claim.ts';

const { startPump, open } = usePumps();

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
    expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
    expect(await pending()).toBe(0n);
  });

  test('a refund of what is gone with its month for nothing, nor does an order that came in it', async () => {
    const { db, programId, keep, signUp } = await open();
    startPump();
    await signUp();
    await takeKey(db, { programId, key: 'old-1', id: newId() });
    await db.eventOrder.create({ data: { programId, type: 'purchase', orderId: 'o-1', eventId: newId() } });
    const refund = await keep({ type: 'refund', refundOf: 'old-1' });
    expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'refused', code: 'refund_too_late' });
    const order = await keep({ type: 'purchase', payload: { orderId: 'o-1' } });
    expect(await outcomeOf(db, order.id)).toMatchObject({ decision: 'refused', code: 'order_known' });
  });

  test('a refund of a refund for that one, and then it gives back', async () => {
    const { db, keep, inState, signUp, pending } = await open();
    startPump();
    await signUp();
    await keep({ type: 'purchase', key: 'order-1' });
    const back = await keep({ type: 'refund', refundOf: 'refund-1' });
    expect(await inState(back.id, 'waiting')).toMatchObject({ reason: 'waits_for_refunded_event' });
    await keep({ type: 'refund', key: 'refund-1', refundOf: 'order-1' });
    expect(await outcomeOf(db, back.id)).toMatchObject({ decision: 'accepted', stage: 'qualified' });
    expect(await pending()).toBe(500n);
  });

  test('a refund of a refund along with one that waits for a purchase, and both then count', async () => {
    const { db, keep, inState, signUp, pending } = await open();
    const order = await keep({ type: 'purchase', key: 'order-1' });
    const lease = (dueAt: Date) => db.event.updateMany({ where: { id: order.id }, data: { dueAt } });
    // As if another pump had taken it.
    await lease(new Date(Date.now() + DAY_MS));
    const signup = await signUp();
    startPump();
    await outcomeOf(db, signup.id);
    await lease(new Date(Date.now() + DAY_MS));
    const refund = await keep({ type: 'refund', key: 'refund-1', refundOf: 'order-1' });
    const back = await keep({ type: 'refund', refundOf: 'refund-1' });
    await inState(refund.id, 'waiting');
    await inState(back.id, 'waiting');
    await lease(new Date());
    expect(await outcomeOf(db, back.id)).toMatchObject({ decision: 'accepted', stage: 'qualified' });
    expect(await outcomeOf(db, refund.id)).toMatchObject({ decision: 'accepted' });
    expect(await pending()).toBe(500n);
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

test('an event is claimed together with what waits for its member, even in a batch of one', async () => {
  const { db, keep, signUp } = await open();
  const purchase = await keep({ type: 'purchase', key: 'order-1' });
  // So many that the program has to take turns.
  for (let nth = 0; nth < 6; nth += 1) await signUp(`somebody-else-${nth}`);
  const signup = await signUp();
  await keep({ type: 'purchase', due: new Date(Date.now() + 60_000) });
  const claimed = await claimEvents(db, roomFor(1));
  expect(claimed.map(({ id }) => id)).toEqual([purchase.id, signup.id]);
});

test('events that are claimed together are decided in the order in which they build', async () => {
  const { db, keep, signUp, pending } = await open();
  const back = await keep({ type: 'refund', refundOf: 'refund-1' });
  const refund = await keep({ type: 'refund', key: 'refund-1', refundOf: 'order-1' });
  const purchase = await keep({ type: 'purchase', key: 'order-1' });
  const signup = await signUp();
  startPump();
  for (const { id } of [signup, purchase, refund, back]) {
    expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
  }
  expect(await pending()).toBe(500n);
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
