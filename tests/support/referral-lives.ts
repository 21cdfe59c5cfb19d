import { expect, test } from 'vitest';
import { currentReferral } from '../../workflows/referrals/messages.ts';
import { handOver, outcomeOf, until } from './hand-over.ts';
import { seedInvitation } from './invitations.ts';
import { DAY_MS } from './play.ts';
import type { ReferralWorkflows } from './referral-workflows.ts';
import { testPolicy, testRule } from './seed.ts';

/** How a referral lives and ends: by its deadlines, its refunds and its purchases. */
export function referralLives({ engine, open }: ReferralWorkflows): void {
  test('a hold of 30 days matures by itself, and the referral closes when refunds end', async () => {
    const { signUp, keep, give, passed, balance } = await open();
    const handle = await give(await signUp(), await keep({ type: 'purchase' }));
    expect(await handle.result()).toMatchObject({ stage: 'closed', rewards: { available: 1 } });
    expect(await passed()).toBeGreaterThanOrEqual(45);
    expect(await balance()).toMatchObject({ available_minor: 500n });
  });

  test('a referral that is refunded while its reward is held ends at once, without the reward', async () => {
    const { db, signUp, keep, give, passed, balance } = await open();
    const purchase = await keep({ type: 'purchase' });
    await give(await signUp(), purchase);
    await outcomeOf(db, purchase.eventId);
    const refund = await keep({ type: 'refund', refundOf: purchase.key });
    const handle = await give(refund);
    await outcomeOf(db, refund.eventId);
    expect(await passed()).toBeLessThan(1);
    expect(await handle.result()).toMatchObject({ stage: 'reversed', rewards: { held: 0, reversed: 1 } });
    expect(await balance()).toMatchObject({ pending_minor: 0n, available_minor: 0n });
  });

  test('a referral that is refunded after its reward matured gives the reward back', async () => {
    const { db, signUp, keep, give, day, balance } = await open();
    const purchase = await keep({ type: 'purchase' });
    await give(await signUp(), purchase);
    await outcomeOf(db, purchase.eventId);
    await engine.env.sleep(31 * DAY_MS);
    await until('maturity', async () => (await balance())?.available_minor === 500n);
    const handle = await give(await keep({ type: 'refund', refundOf: purchase.key, at: day(31) }));
    expect(await handle.result()).toMatchObject({ stage: 'reversed' });
    expect(await balance()).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  });

  test('what a refund leaves on hold matures after the referral has ended', async () => {
    const rules = [testRule(), testRule({ id: 'hello', trigger: { on: 'signed_up' }, hold_days: 20 })];
    const { signUp, keep, give, passed, balance } = await open(testPolicy({ rules }));
    const purchase = await keep({ type: 'purchase' });
    const refund = await keep({ type: 'refund', refundOf: purchase.key });
    const handle = await give(await signUp(), purchase, refund);
    expect(await handle.result()).toMatchObject({ stage: 'reversed', rewards: { held: 0, available: 1 } });
    expect(await passed()).toBeGreaterThanOrEqual(20);
    expect(await balance()).toMatchObject({ pending_minor: 0n, available_minor: 100n });
  });

  test('a signup that never qualifies expires at its deadline', async () => {
    const { signUp, give, passed } = await open();
    const handle = await give(await signUp());
    expect(await handle.result()).toMatchObject({ stage: 'expired' });
    expect(await passed()).toBeGreaterThanOrEqual(90);
    expect(await passed()).toBeLessThan(91);
  });

  test('a refused signup ends its workflow with nothing on record, and a later one begins anew', async () => {
    const { db, programId, keep, give, signUp } = await open();
    const refused = await give(
      await keep({ type: 'signup', payload: { code: 'nosuch2' } }),
      await keep({ type: 'purchase' }),
    );
    expect(await refused.result()).toMatchObject({ stage: null });
    expect(await db.referral.count({ where: { programId } })).toBe(0);
    expect(await db.event.count({ where: { programId, state: 'decided' } })).toBe(2);
    const again = await give(await signUp());
    await until('the later signup', async () => (await again.query(currentReferral))?.stage === 'signed_up');
  });

  test('an invitation that nobody answers expires at its deadline', async () => {
    const { db, programId, ann, day, passed } = await open();
    const { id, eventId } = await seedInvitation(db, programId, ann, day(0));
    const issued = [{ eventId, type: 'invitation.issued' }];
    const handle = await handOver(engine, programId, `referral-${id}`, issued);
    expect(await handle.result()).toMatchObject({ stage: 'expired' });
    expect(await passed()).toBeGreaterThanOrEqual(90);
  });

  test('an invitation that is answered lives on as the referral of who answered it', async () => {
    const { db, programId, ann, day, keep } = await open();
    const { id, code, eventId } = await seedInvitation(db, programId, ann, day(0));
    const workflowId = `referral-${id}`;
    await handOver(engine, programId, workflowId, [{ eventId, type: 'invitation.issued' }]);
    await outcomeOf(db, eventId);
    await engine.env.sleep(80 * DAY_MS);
    const signup = await keep({ type: 'signup', payload: { code }, at: day(80) });
    const purchase = await keep({ type: 'purchase', at: day(81) });
    const deliveries = [signup, purchase].map((event) => ({ eventId: event.eventId, type: event.type }));
    const handle = await handOver(engine, programId, workflowId, deliveries);
    expect(await handle.result()).toMatchObject({ stage: 'closed', referrer_id: ann.id });
  });

  test('recurring purchases are each rewarded and each held for their own time', async () => {
    const trigger = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
    const { db, signUp, keep, give, day, balance } = await open(
      testPolicy({ rules: [testRule({ trigger, hold_days: 10 })] }),
    );
    const first = await keep({ type: 'purchase' });
    await give(await signUp(), first);
    await outcomeOf(db, first.eventId);
    await engine.env.sleep(5 * DAY_MS);
    const second = await keep({ type: 'purchase', at: day(5) });
    await give(second);
    await outcomeOf(db, second.eventId);
    await engine.env.sleep(6 * DAY_MS);
    const between = await until('the first maturity', async () => {
      const now = await balance();
      return now?.available_minor === 100n && now;
    });
    expect(between).toMatchObject({ pending_minor: 100n });
    const handle = await give(await keep({ type: 'purchase', at: day(11) }));
    expect(await handle.result()).toMatchObject({ stage: 'closed', rewards: { available: 3, held: 0 } });
    expect(await balance()).toMatchObject({ pending_minor: 0n, available_minor: 300n });
  });
}
