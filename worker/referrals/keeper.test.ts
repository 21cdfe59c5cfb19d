import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import type { Activities } from '../../activities/create.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { cuttable } from '../../tests/support/cuttable.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { pumpInto, useEngine } from '../../tests/support/engine.ts';
import { outcomeOf, until } from '../../tests/support/hand-over.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import {
  type EventSeed,
  fixedPolicy,
  referralIdOf,
  seedEvent,
  seedMember,
  seedProgram,
} from '../../tests/support/seed.ts';

const database = useDatabase({ poolMax: 20, isProved: true });
const engine = useEngine({ database, server: 'dev', pump: false });

/** A program whose member Ann refers Bob, and pumps whose keepers work with these activities. */
async function open() {
  const { db } = database;
  const programId = await seedProgram(db, fixedPolicy(500n, 30));
  const ann = await seedMember(db, programId, 'ann');
  const referralId = referralIdOf(programId, 'bob');
  const workflow = engine.client.workflow.getHandle(referralWorkflow(referralId));
  const keep = (event: EventSeed) => seedEvent(db, programId, { subject: 'bob', ...event });
  const signUp = (event: Partial<EventSeed> = {}) =>
    keep({ type: 'signup', payload: { code: ann.code }, ...event });
  const connected = engine.env.nativeConnection as NativeConnection;
  const row = () => db.referral.findUniqueOrThrow({ where: { programId_id: { programId, id: referralId } } });
  return {
    ...{ db, programId, workflow, keep, signUp, row },
    pump: (wrapped: Partial<Activities> = {}, connection = connected) =>
      pumpInto(database, connection, { ...engine.activities, ...wrapped }),
    decided: async (...events: { readonly id: string }[]) => {
      for (const { id } of events) expect(await outcomeOf(db, id)).toMatchObject({ decision: 'accepted' });
    },
    told: () => until('the word', async () => (await row()).tellAt === null),
    balance: async () => (await balancesOf(db, programId, ann.id))[0],
    stages: async () => (await workflow.describe()).searchAttributes['ReferralStage'],
    /** What happened in the workflow's run. */
    history: async () =>
      ((await workflow.fetchHistory()).events ?? []).map(({ eventType }) => Number(eventType)),
  };
}

/** Temporal's numbers for events of a history. */
const STARTED = 1;
const TASK_SCHEDULED = 5;
const SIGNALED = 26;

test('a signup that nobody is credited with is decided without a workflow', async () => {
  const { db, workflow, signUp, pump } = await open();
  const running = pump();
  const { id } = await signUp({ payload: {} });
  expect(await outcomeOf(db, id)).toMatchObject({ decision: 'refused', code: 'no_attribution' });
  await running.stop();
  await expect(workflow.describe()).rejects.toThrow(WorkflowNotFoundError);
});

test('what comes together is told at once, to a workflow that begins when something is due', async () => {
  const { keep, signUp, pump, decided, told, history, stages, balance } = await open();
  const events = [await signUp(), await keep({ type: 'purchase' })];
  const running = pump();
  await decided(...events);
  await told();
  await running.stop();
  expect(await history()).toEqual([STARTED, SIGNALED]);
  expect(await stages()).toEqual(['qualified']);
  expect(await balance()).toMatchObject({ pending_minor: 500n });
});

test('a workflow that waits is told what came later, and waits on', async () => {
  const { keep, signUp, pump, decided, told, stages, workflow } = await open();
  const running = pump();
  await decided(await signUp());
  await told();
  expect(await stages()).toEqual(['signed_up']);
  await decided(await keep({ type: 'purchase' }));
  await told();
  await until('the stage', async () => String(await stages()) === 'qualified');
  expect((await workflow.describe()).status.name).toBe('RUNNING');
  await running.stop();
});

test('a hold that has passed matures at once, and what then lies ahead waits', async () => {
  const { keep, signUp, pump, decided, told, history, stages, balance } = await open();
  const at = new Date(Date.now() - 40 * DAY_MS);
  const events = [await signUp({ at }), await keep({ type: 'purchase', at })];
  const running = pump();
  await decided(...events);
  await until('the maturity', async () => (await balance())?.available_minor === 500n);
  await told();
  await running.stop();
  expect(await history()).not.toContain(TASK_SCHEDULED);
  expect(await stages()).toEqual(['rewarded']);
});

test('while Temporal is away referrals are decided, and workflows are told when it is back', async () => {
  const { keep, signUp, pump, decided, told, row, stages, workflow } = await open();
  const way = await cuttable(engine.env.address ?? '');
  const connection = await NativeConnection.connect({ address: way.address });
  way.cut();
  const running = pump({}, connection);
  try {
    await decided(await signUp(), await keep({ type: 'purchase' }));
    await expect(workflow.describe()).rejects.toThrow(WorkflowNotFoundError);
    expect((await row()).tellAt).not.toBeNull();
    way.mend();
    await told();
    await until('the stage', async () => String(await stages()) === 'qualified');
  } finally {
    await running.stop();
    await connection.close();
    await way.close();
  }
}, 60_000);

test('an event that no try can handle is parked with its reason, and the next one is decided', async () => {
  const { db, keep, signUp, pump, decided } = await open();
  let calls = 0;
  const failing: Activities['keepReferralEvent'] = async (ref) => {
    calls += 1;
    if (calls === 1) throw ApplicationFailure.nonRetryable('this never works', 'Bug');
    return await engine.activities.keepReferralEvent(ref);
  };
  const running = pump({ keepReferralEvent: failing });
  const broken = await signUp();
  const parked = await until('the parking', () =>
    db.event.findFirst({ where: { id: broken.id, state: 'parked' } }),
  );
  expect(parked.reason).toContain('this never works');
  await decided(await signUp({ key: 'again' }), await keep({ type: 'purchase' }));
  await running.stop();
});

test('what a killed process had taken another pump takes again, and nothing is granted twice', async () => {
  const { db, programId, keep, signUp, pump, decided, told, balance } = await open();
  const events = [await signUp(), await keep({ type: 'purchase' })];
  // As if the process had ended right after the first transaction: nobody says so.
  const lost: Activities['keepReferralEvent'] = async (ref) => {
    if (ref.type === 'signup') await engine.activities.keepReferralEvent(ref);
    throw ApplicationFailure.retryable('killed', 'Unavailable');
  };
  const first = pump({ keepReferralEvent: lost });
  await until('the first', () => db.event.findFirst({ where: { programId, state: 'decided' } }));
  await first.stop();
  await db.event.updateMany({ where: { programId, state: 'delivered' }, data: { dueAt: new Date() } });
  const second = pump();
  await decided(...events);
  await told();
  await second.stop();
  expect(await balance()).toMatchObject({ pending_minor: 500n });
});

test('what comes to a keeper before what it builds on is decided waits for that', async () => {
  const { db, programId, keep, signUp, pump, decided, balance } = await open();
  const referralId = referralIdOf(programId, 'bob');
  const signup = await signUp();
  const purchase = await keep({ type: 'purchase', key: 'o1' });
  const refund = await keep({ type: 'refund', refundOf: 'o1' });
  // As another process had them that died.
  const decide = (id: string, type: string) =>
    engine.activities.keepReferralEvent({ programId, referralId, eventId: id, type, now_ms: Date.now() });
  const found = async ({ id }: { readonly id: string }) => await db.event.findFirst({ where: { id } });
  await decide(purchase.id, 'purchase');
  expect(await found(purchase)).toMatchObject({ state: 'waiting', reason: 'waits_for_signup' });
  await decide(signup.id, 'signup');
  expect((await found(purchase))?.dueAt.getTime()).toBeLessThanOrEqual(Date.now());
  await decide(refund.id, 'refund');
  expect(await found(refund)).toMatchObject({ state: 'waiting', reason: 'waits_for_refunded_event' });
  const running = pump();
  await decided(purchase, refund);
  await running.stop();
  expect((await balance())?.pending_minor).toBe(0n);
});
