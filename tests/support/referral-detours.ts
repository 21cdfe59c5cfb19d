import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import { outcomeOf, until } from './hand-over.ts';
import { DAY_MS } from './play.ts';
import type { ReferralWorkflows } from './referral-workflows.ts';
import { referralIdOf } from './seed.ts';

/** An address that the built-in fraud rules want reviewed. */
const DOUBTFUL = 'someone@mailinator.com';

/** What else happens to a referral: reviews, history, lost runs, and events late, twice or wrong. */
export function referralDetours({ engine, open }: ReferralWorkflows): void {
  test('a purchase during a review is decided after the approval', async () => {
    const { db, signUp, keep, give, balance } = await open();
    const purchase = await keep({ type: 'purchase' });
    await give(await signUp({ email: DOUBTFUL }), purchase);
    await until('the wait', () =>
      db.event.findFirst({ where: { id: purchase.eventId, reason: 'in_review' } }),
    );
    const approval = await keep({ type: 'review.approved' });
    await give(approval);
    expect(await outcomeOf(db, approval.eventId)).toMatchObject({ stage: 'signed_up' });
    const handle = await give(purchase);
    expect(await handle.result()).toMatchObject({ stage: 'closed', verdict: 'review' });
    expect(await balance()).toMatchObject({ available_minor: 500n });
  });

  test('a review that an operator rejects ends the referral', async () => {
    const { signUp, keep, give } = await open();
    const handle = await give(await signUp({ email: DOUBTFUL }), await keep({ type: 'review.rejected' }));
    expect(await handle.result()).toMatchObject({ stage: 'rejected', reason: 'operator_refused' });
  });

  test('a review that nobody ends expires with the referral', async () => {
    const { signUp, give, passed } = await open();
    const handle = await give(await signUp({ email: DOUBTFUL }));
    expect(await handle.result()).toMatchObject({
      stage: 'expired',
      reason: 'time ran out in stage in_review',
    });
    expect(await passed()).toBeGreaterThanOrEqual(90);
  });

  test('an event after the end is refused by a new run, which ends at once', async () => {
    const { db, signUp, keep, give, day, passed } = await open();
    const first = await give(await signUp());
    await first.result();
    const { runId } = await first.describe();
    const expired_days = await passed();
    const late = await keep({ type: 'purchase', at: day(91) });
    const second = await give(late);
    expect(await second.result()).toMatchObject({ stage: 'expired' });
    expect((await second.describe()).runId).not.toBe(runId);
    expect(await outcomeOf(db, late.eventId)).toMatchObject({ decision: 'refused', code: 'referral_ended' });
    expect((await passed()) - expired_days).toBeLessThan(1);
  });

  test('in imported history a hold that had passed is over at once', async () => {
    const { db, signUp, keep, give, day, balance } = await open();
    const purchase = await keep({ type: 'purchase', at: day(-700) });
    const handle = await give(await signUp({}, day(-730)), purchase);
    expect(await outcomeOf(db, purchase.eventId)).toMatchObject({ stage: 'rewarded' });
    expect(await balance()).toMatchObject({ available_minor: 500n });
    expect(await handle.result()).toMatchObject({ stage: 'closed' });
  });

  test('in imported history a purchase up to a day after its signup still qualifies', async () => {
    const { db, signUp, keep, give, day, passed } = await open();
    const signup = await signUp({}, day(-730));
    await give(signup);
    await outcomeOf(db, signup.eventId);
    await engine.env.sleep(0.9 * DAY_MS);
    const purchase = await keep({ type: 'purchase', at: day(-700) });
    const handle = await give(purchase);
    expect(await outcomeOf(db, purchase.eventId)).toMatchObject({ decision: 'accepted', stage: 'rewarded' });
    expect(await handle.result()).toMatchObject({ stage: 'closed' });
    expect(await passed()).toBeLessThan(3);
  });

  test('an event that nothing can handle is parked with the reason, and the referral goes on', async () => {
    const { db, signUp, keep, give } = await open();
    const odd = await keep({ type: 'redemption.requested' });
    const handle = await give(await signUp(), odd, await keep({ type: 'purchase' }));
    expect(await handle.result()).toMatchObject({ stage: 'closed' });
    const { state, reason } = await db.event.findFirstOrThrow({ where: { id: odd.eventId } });
    expect({ state, reason }).toEqual({
      state: 'parked',
      reason: 'no step for events of type redemption.requested',
    });
  });

  test('a referral whose run was lost goes on where it was once its overdue deadline wakes it', async () => {
    const { db, programId, signUp, keep, give, balance } = await open();
    const purchase = await keep({ type: 'purchase' });
    const lost = await give(await signUp(), purchase);
    await outcomeOf(db, purchase.eventId);
    // A run that is terminated within a task keeps the server's clock locked for the rest of the test.
    await until('the end of the task', async () => !(await inTask(lost)));
    await lost.terminate('lost');
    await engine.env.sleep(31 * DAY_MS);
    expect(await balance()).toMatchObject({ pending_minor: 500n });
    const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
    const handle = await give(await keep({ type: 'referral.overdue', workflowId }));
    expect(await handle.result()).toMatchObject({ stage: 'closed', rewards: { available: 1 } });
    expect(await balance()).toMatchObject({ available_minor: 500n, pending_minor: 0n });
  });

  test('events that are delivered again and again are decided once', async () => {
    const { signUp, keep, give, balance } = await open();
    const both = [await signUp(), await keep({ type: 'purchase' })];
    for (let repeat = 0; repeat < 5; repeat += 1) await give(...both);
    const handle = await give(...both);
    expect(await handle.result()).toMatchObject({ stage: 'closed', rewards: { available: 1 } });
    expect(await balance()).toMatchObject({ available_minor: 500n });
  });
}

/** Whether a task of the workflow is scheduled or under way. */
async function inTask(handle: WorkflowHandle): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  const scheduled = events?.filter((event) => event.workflowTaskScheduledEventAttributes != null);
  const completed = events?.filter((event) => event.workflowTaskCompletedEventAttributes != null);
  return scheduled?.length !== completed?.length;
}
