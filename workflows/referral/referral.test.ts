import { afterAll, beforeAll, expect, test } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { type TestDatabase, testDatabase } from '../../tests/support/database.ts';
import { startEngine, TASK_QUEUE, type TestEngine } from '../../tests/support/engine.ts';
import { fixedPolicy, referralIdOf, seedEvent, seedMember, seedProgram } from '../../tests/support/seed.ts';
import { deliver } from '../messages.ts';

let database: TestDatabase;
let engine: TestEngine;

beforeAll(async () => {
  database = await testDatabase();
  engine = await startEngine({ database, server: 'skipping', pump: false });
});

afterAll(async () => {
  await engine.close();
  await database.drop();
});

test('a hold of 30 days matures by itself and the referral closes when refunds no longer count', async () => {
  const { db } = database;
  const programId = await seedProgram(db, fixedPolicy(500n, 30, { refund_days: 45 }));
  const ann = await seedMember(db, programId, 'ann');
  const at = new Date(await engine.env.currentTimeMs());
  const signup = await seedEvent(db, programId, { type: 'signup', subject: 'bob', at, payload: { code: ann.code } });
  const purchase = await seedEvent(db, programId, { type: 'purchase', subject: 'bob', at, value: { minor: 100n, unit: 'USD' } });
  const referralId = referralIdOf(programId, 'bob');
  const handle = await engine.client.workflow.signalWithStart('referral', {
    workflowId: `referral-${referralId}`,
    taskQueue: TASK_QUEUE,
    args: [{ programId, referralId }],
    signal: deliver,
    signalArgs: [[{ eventId: signup.id, type: 'signup' }, { eventId: purchase.id, type: 'purchase' }]],
  });
  expect(await handle.result()).toMatchObject({ stage: 'closed', rewards: { available: 1 } });
  expect((await engine.env.currentTimeMs()) - at.getTime()).toBeGreaterThanOrEqual(45 * 86_400_000);
  expect((await balancesOf(db, programId, ann.id))[0]).toMatchObject({ available_minor: 500n });
});
