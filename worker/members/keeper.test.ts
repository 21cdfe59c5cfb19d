import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import type { Activities } from '../../activities/create.ts';
import type { MemberEvents, MemberStep } from '../../activities/member-step.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { cuttable } from '../../tests/support/cuttable.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram, grantTo, tellMember } from '../../tests/support/engage.ts';
import { pumpInto, useEngine } from '../../tests/support/engine.ts';
import { until } from '../../tests/support/hand-over.ts';
import { seedEvent, seedMember, seedProgram } from '../../tests/support/seed.ts';

const database = useDatabase({ poolMax: 20, isProved: true });
const engine = useEngine({ database, server: 'dev', pump: false });

/** A member of a program of its own, and pumps whose keepers work with these activities. */
async function open() {
  const { db } = database;
  const programId = await seedProgram(db);
  await engageProgram(db, programId);
  const { id: memberId } = await seedMember(db, programId, 'ann');
  const countIn = (state: string) => db.event.count({ where: { programId, state: state as 'decided' } });
  const toldTo = (nth: number) => tellMember(db, programId, memberId, `news:${nth}`);
  const decided = (count: number) =>
    until(`${count} decisions`, async () => (await countIn('decided')) === count);
  const workflow = engine.client.workflow.getHandle(memberWorkflow(memberId));
  const connected = engine.env.nativeConnection as NativeConnection;
  const pump = (wrapped: Partial<Activities> = {}, connection = connected) =>
    pumpInto(database, connection, { ...engine.activities, ...wrapped });
  return { db, programId, memberId, workflow, countIn, toldTo, decided, pump };
}

type Keep = (ref: MemberEvents) => Promise<MemberStep>;
const keep: Keep = (ref) => engine.activities.keepMemberAtOnce(ref);

test('what leaves nothing to wait for is kept without a workflow', async () => {
  const { db, programId, memberId, workflow, decided, pump } = await open();
  const now = { occurred_at_ms: Date.now(), now_ms: Date.now() };
  await grantTo(db, { programId, memberId, key: 'thanks:1', ...now });
  const running = pump();
  await decided(1);
  await running.stop();
  await expect(workflow.describe()).rejects.toThrow(WorkflowNotFoundError);
});

test('a hold is handed to the workflow, which waits for its end', async () => {
  const { db, programId, memberId, workflow, decided, pump } = await open();
  const now = { occurred_at_ms: Date.now(), now_ms: Date.now(), hold_days: 30 };
  await grantTo(db, { programId, memberId, key: 'thanks:1', ...now });
  const running = pump();
  await decided(1);
  await running.stop();
  expect((await workflow.describe()).status.name).toBe('RUNNING');
});

test('a batch that no try can handle is parked with its reason, and the next one is kept', async () => {
  const { db, programId, toldTo, decided, pump } = await open();
  let calls = 0;
  const failing: Keep = async (ref) => {
    calls += 1;
    if (calls === 1) throw ApplicationFailure.nonRetryable('this never works', 'Bug');
    return await keep(ref);
  };
  const running = pump({ keepMemberAtOnce: failing });
  await toldTo(1);
  const parked = await until('the parking', () =>
    db.event.findFirst({ where: { programId, state: 'parked' } }),
  );
  expect(parked.reason).toContain('this never works');
  await toldTo(2);
  await decided(1);
  await running.stop();
});

test('while the database says “not now”, a batch is tried again', async () => {
  const { toldTo, decided, pump } = await open();
  let calls = 0;
  const failing: Keep = async (ref) => {
    calls += 1;
    if (calls < 3) throw ApplicationFailure.retryable('the database cannot be reached', 'Unavailable');
    return await keep(ref);
  };
  const running = pump({ keepMemberAtOnce: failing });
  await toldTo(1);
  await decided(1);
  await running.stop();
  expect(calls).toBe(3);
});

test('what a killed process had taken another pump takes again, and nothing is told twice', async () => {
  const { db, programId, toldTo, decided, countIn, pump } = await open();
  await toldTo(1);
  await toldTo(2);
  // As if the process had ended after the steps, or before them: nobody says so.
  const lost: Keep = async (ref) => {
    const [first = ''] = ref.eventIds;
    await keep({ ...ref, eventIds: [first] });
    throw ApplicationFailure.retryable('killed', 'Unavailable');
  };
  const first = pump({ keepMemberAtOnce: lost });
  await until('the first', async () => (await countIn('decided')) === 1);
  await first.stop();
  const [left] = await db.event.findMany({ where: { programId, state: 'delivered' } });
  expect(left?.dueAt.getTime()).toBeLessThanOrEqual(Date.now() + 30_000);
  await db.event.updateMany({ where: { programId, state: 'delivered' }, data: { dueAt: new Date() } });
  const second = pump();
  await decided(2);
  await second.stop();
});

test('a hold whose handing over fails keeps its event open until the workflow has it', async () => {
  const { db, programId, memberId, workflow, countIn, decided, pump } = await open();
  const now = { occurred_at_ms: Date.now(), now_ms: Date.now(), hold_days: 30 };
  await grantTo(db, { programId, memberId, key: 'thanks:1', ...now });
  // As if the process had ended right before it.
  const lost: Keep = async (ref) => {
    expect((await keep(ref)).due_at_ms).not.toBeNull();
    throw ApplicationFailure.retryable('killed', 'Unavailable');
  };
  const first = pump({ keepMemberAtOnce: lost });
  await until('the delivery', async () => (await countIn('delivered')) === 1);
  await first.stop();
  expect(await countIn('decided')).toBe(0);
  await db.event.updateMany({ where: { programId, state: 'delivered' }, data: { dueAt: new Date() } });
  const second = pump();
  await decided(1);
  await second.stop();
  expect((await workflow.describe()).status.name).toBe('RUNNING');
});

test('a member’s batches are kept one after the other', async () => {
  const { toldTo, decided, pump } = await open();
  let underWay = 0;
  let most = 0;
  const slow: Keep = async (ref) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const step = await keep(ref);
    underWay -= 1;
    return step;
  };
  const running = pump({ keepMemberAtOnce: slow });
  for (let nth = 0; nth < 4; nth += 1) {
    await toldTo(nth);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await decided(4);
  await running.stop();
  expect(most).toBe(1);
});

test('while Temporal is away, members are kept, behind whatever waits for it', async () => {
  const { programId, db, toldTo, pump } = await open();
  const way = await cuttable(engine.env.address ?? '');
  const connection = await NativeConnection.connect({ address: way.address });
  try {
    const workflowId = 'referral-nobody';
    const command = await seedEvent(db, programId, { type: 'referral.overdue', workflowId });
    await toldTo(1);
    way.cut();
    const running = pump({}, connection);
    await until('the notice', () => db.event.findFirst({ where: { programId, state: 'decided' } }));
    await running.stop();
    expect((await db.event.findFirst({ where: { programId, id: command.id } }))?.state).toBe('pending');
  } finally {
    await connection.close();
    await way.close();
  }
});

test('operators’ words are carried out by the workflow', async () => {
  const { db, programId, memberId, workflow, decided, pump } = await open();
  const payload = { reason: 'Several accounts.' };
  const { id } = await seedEvent(db, programId, {
    type: 'member.blocked',
    payload,
    workflowId: memberWorkflow(memberId),
  });
  const running = pump();
  await decided(1);
  await running.stop();
  expect(await db.event.findFirst({ where: { programId, id } })).toMatchObject({
    outcome: { decision: 'accepted' },
  });
  expect((await workflow.describe()).type).toBe('member');
});
