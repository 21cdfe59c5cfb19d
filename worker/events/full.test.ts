import type { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { pumpInto, useEngine } from '../../tests/support/engine.ts';
import { handOver, outcomeOf, store, until } from '../../tests/support/hand-over.ts';
import { fixedPolicy, referralIdOf, seedMember, seedProgram } from '../../tests/support/seed.ts';

const database = useDatabase({ poolMax: 20, isProved: true });
const engine = useEngine({ database, server: 'dev', pump: false, signalsMax: 2 });

test('events of a workflow that holds its limit of signals are tried later, not parked', async () => {
  const { db } = database;
  const programId = await seedProgram(db, fixedPolicy(500n, 30));
  const { code } = await seedMember(db, programId, 'ann');
  const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
  const events = [
    await store(db, programId, { type: 'signup', subject: 'bob', payload: { code } }),
    await store(db, programId, { type: 'purchase', subject: 'bob' }),
  ];
  for (const event of events) {
    const handle = await handOver(engine, programId, workflowId, [event]);
    expect(await outcomeOf(db, event.eventId)).toMatchObject({ decision: 'accepted' });
    expect((await handle.describe()).status.name).toBe('RUNNING');
  }
  const late = await store(db, programId, { type: 'referral.overdue', workflowId });
  const pump = pumpInto(database, engine.env.nativeConnection as NativeConnection, engine.activities);
  const held = await until('a try', () =>
    db.event.findFirst({ where: { id: late.eventId, reason: { not: null } } }),
  );
  expect(held).toMatchObject({ state: 'pending', reason: 'workflow_full', workflowId });
  expect(held.dueAt.getTime()).toBeGreaterThan(Date.now());
  // A run that ends makes room: the next one takes the event.
  await engine.client.workflow.getHandle(workflowId).terminate();
  await db.event.update({
    where: { programId_id: { programId, id: late.eventId } },
    data: { dueAt: new Date() },
  });
  expect(await outcomeOf(db, late.eventId)).toMatchObject({ decision: 'accepted', stage: 'qualified' });
  await pump.stop();
});
