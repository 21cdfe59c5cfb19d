import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { newId } from '../platform/ids.ts';
import { useDatabase } from '../tests/support/database.ts';
import { TASK_QUEUE, useEngine } from '../tests/support/engine.ts';
import { until } from '../tests/support/hand-over.ts';
import { rawSql } from '../tests/support/ledger.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../tests/support/milestones.ts';
import { playProgram, T0_MS, testActivities } from '../tests/support/play.ts';
import { testPolicy, testRule } from '../tests/support/seed.ts';
import { ensureSchedules } from './schedules.ts';

const database = useDatabase();
const engine = useEngine({ database, server: 'dev', pump: false });

/** Runs the schedule's action now and gives what came of it. */
async function runNow(scheduleId: string): Promise<unknown> {
  const schedule = engine.client.schedule.getHandle(scheduleId);
  const before = (await schedule.describe()).info.numActionsTaken;
  await schedule.trigger();
  const info = await until('the schedule to act', async () => {
    const now = (await schedule.describe()).info;
    return now.numActionsTaken > before && now;
  });
  const action = info.recentActions.at(-1)?.action;
  if (action?.type !== 'startWorkflow') throw new Error('the schedule starts a workflow');
  const { workflowId, firstExecutionRunId } = action.workflow;
  return await engine.client.workflow.getHandle(workflowId, firstExecutionRunId).result();
}

test('the schedule of upkeep is made once, runs one at a time, and keeps an operator’s change', async () => {
  await ensureSchedules(engine.client, TASK_QUEUE);
  const schedule = engine.client.schedule.getHandle('upkeep');
  expect((await schedule.describe()).policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
  await schedule.pause('an operator paused it');
  await ensureSchedules(engine.client, TASK_QUEUE);
  expect((await schedule.describe()).state).toMatchObject({ paused: true, note: 'an operator paused it' });
});

test('the schedule of leaderboards runs now too, and catches up on its misses within the hour', async () => {
  await ensureSchedules(engine.client, TASK_QUEUE);
  const schedule = engine.client.schedule.getHandle('leaderboards');
  expect((await schedule.describe()).policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
  expect(await runNow('leaderboards')).toMatchObject({ closed: 0, unpaid: 0 });
});

test('upkeep lets lots lapse, proves the ledger and ends clean', async () => {
  const rules = [testRule({ expires_days: 5 })];
  const program = await playProgram(database, testActivities(database), testPolicy({ rules }));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code }, { now_ms: T0_MS });
  await program.act('bob');
  await ensureSchedules(engine.client, TASK_QUEUE);
  // The reward was granted long ago by this machine's clock, and so was its expiry.
  expect(await runNow('upkeep')).toMatchObject({
    clean: true,
    failed: [],
    parked: 0,
    overdue: 0,
    expired: 1,
  });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n });
});

test('upkeep fails as not clean when somebody with all rights has edited a balance by hand', async () => {
  await ensureSchedules(engine.client, TASK_QUEUE);
  await rawSql(
    database.ownerUrl,
    `UPDATE ledger_balances SET balance_minor = balance_minor - 1
     WHERE account_id = (SELECT min(id) FROM ledger_accounts WHERE kind = 'budget')`,
  );
  const failure = await runNow('upkeep').catch((error: unknown) => error);
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  if (!(cause instanceof ApplicationFailure)) throw new Error('upkeep did not fail as a workflow does');
  expect(cause.type).toBe('NotClean');
  expect(cause.details?.[0]).toMatchObject({ clean: false, failed: expect.arrayContaining(['consistent']) });
});

test('the schedule of badges signs what was granted, and its next run finds nothing left', async () => {
  const rules = [testRule({ benefit: { kind: 'badge', label: 'Connector' } })];
  const program = await playProgram(database, testActivities(database), testPolicy({ rules }));
  const programId = program.id;
  const words = { name: 'Connector', description: 'Brought a friend', criteria: 'A friend bought something' };
  await database.db.badgeDefinition.create({
    data: { programId, id: newId(), label: 'Connector', ...words },
  });
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code }, { now_ms: T0_MS });
  await program.act('bob');
  await ensureSchedules(engine.client, TASK_QUEUE);
  await runNow('badges');
  const issued = () => database.db.badgeCredential.findMany({ where: { programId, memberId: ann.id } });
  const [first] = await issued();
  expect(first).toMatchObject({ statusIndex: 0 });
  expect(await runNow('badges')).toEqual({ issued: 0, failed: 0 });
  expect(await issued()).toEqual([first]);
});

test('the schedule of programs records what times have brought, and its next run nothing', async () => {
  const program = await playProgram(database, testActivities(database), testPolicy());
  const ends = new Date(Date.now() - 5_000);
  await database.db.program.update({ where: { id: program.id }, data: { endsAt: ends } });
  await ensureSchedules(engine.client, TASK_QUEUE);
  await runNow('programs');
  const row = await database.db.program.findUniqueOrThrow({ where: { id: program.id } });
  expect(row).toMatchObject({ status: 'ended', statusAt: ends, statusBy: 'schedule' });
  expect(await runNow('programs')).toEqual({ started: 0, ended: 0, warned: 0, exhausted: 0 });
});

test('the schedule of milestones awards what is missing, that of badges signs what they earned', async () => {
  const milestone = testMilestone({
    thresholds: [{ at: 2, benefit: { kind: 'badge', label: 'Connector' } }],
  });
  const play = await playMilestones(database, testActivities(database), milestonePolicy([milestone]));
  const { programId, memberId } = play.ref;
  const words = { name: 'Connector', description: 'Brought friends', criteria: 'Two friends bought' };
  await database.db.badgeDefinition.create({
    data: { programId, id: newId(), label: 'Connector', ...words },
  });
  await play.bring(2);
  await ensureSchedules(engine.client, TASK_QUEUE);
  expect(await runNow('milestones')).toMatchObject({ awarded: 1, failed: 0 });
  expect(await runNow('milestones')).toMatchObject({ awarded: 0, failed: 0 });
  await runNow('badges');
  const [award] = await play.awards();
  const [badge] = await database.db.badgeCredential.findMany({ where: { programId, memberId } });
  expect(badge).toMatchObject({ rewardId: award?.rewardId });
});
