import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { currentReferral } from '../../workflows/referrals/messages.ts';
import { useDatabase } from './database.ts';
import { useEngine } from './engine.ts';
import { handOver, outcomeOf, store, until } from './hand-over.ts';
import { DAY_MS } from './play.ts';
import {
  type EventSeed,
  fixedPolicy,
  referralIdOf,
  seedInvitation,
  seedMember,
  seedProgram,
  testPolicy,
  testRule,
} from './seed.ts';

/** An address that the built-in fraud rules want reviewed. */
const DOUBTFUL = 'someone@mailinator.com';

/** Every way a referral's workflow can go, in skipped time. */
export function referralScenarios(maxCachedWorkflows: number): void {
  const database = useDatabase({ isProved: true });
  const engine = useEngine({ database, server: 'skipping', pump: false, maxCachedWorkflows });

  /** A program, its member Ann, and what a test does with Bob, whom she refers. */
  async function open(policy: Policy = fixedPolicy(500n, 30, { refund_days: 45 })) {
    const { db } = database;
    const programId = await seedProgram(db, policy);
    const ann = await seedMember(db, programId, 'ann');
    const start_ms = await engine.env.currentTimeMs();
    const day = (days: number) => new Date(start_ms + days * DAY_MS);
    const referralId = referralIdOf(programId, 'bob');
    const workflowId = `referral-${referralId}`;
    const keep = (event: EventSeed) =>
      store(db, programId, { ...(event.type.includes('.') ? {} : { subject: 'bob' }), at: day(0), ...event });
    const give = (...events: Awaited<ReturnType<typeof keep>>[]) =>
      handOver(
        engine,
        programId,
        workflowId,
        events.map(({ eventId, type }) => ({ eventId, type })),
      );
    return {
      db,
      programId,
      ann,
      day,
      keep,
      give,
      signUp: (payload: object = {}, at = day(0)) =>
        keep({ type: 'signup', payload: { code: ann.code, ...payload }, at }),
      passed: async () => ((await engine.env.currentTimeMs()) - start_ms) / DAY_MS,
      balance: async () => (await balancesOf(db, programId, ann.id))[0],
    };
  }

  test('a hold of 30 days matures by itself and the referral closes when refunds no longer count', async () => {
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
    expect(await (await give(await signUp())).query(currentReferral)).toMatchObject({ stage: 'signed_up' });
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
    const { db, signUp, keep, give, passed } = await open();
    const first = await give(await signUp());
    await first.result();
    const { runId } = await first.describe();
    const expired_days = await passed();
    const late = await keep({ type: 'purchase' });
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

  test('in imported history a purchase that arrives within a day after its signup still qualifies', async () => {
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
