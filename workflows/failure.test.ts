import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../tests/support/database.ts';
import { startEngine, type TestEngine } from '../tests/support/engine.ts';
import { handOver, outcomeOf, store, until } from '../tests/support/hand-over.ts';
import { referralIdOf, seedMember, seedProgram } from '../tests/support/seed.ts';

let database: TestDatabase;
let engine: TestEngine;
let broken = true;

beforeAll(async () => {
  database = await testDatabase();
  engine = await startEngine({
    database,
    server: 'skipping',
    pump: false,
    wrap: (real) => ({
      ...real,
      recordAction: (ref) =>
        broken
          ? Promise.reject(ApplicationFailure.nonRetryable('an impossible state', 'Bug'))
          : real.recordAction(ref),
    }),
  });
});

afterAll(async () => {
  await engine.close();
  await database.drop();
});

test('an event whose activity fails for good is parked with the reason, and the referral decides the next one', async () => {
  const { db } = database;
  const programId = await seedProgram(db);
  const ann = await seedMember(db, programId, 'ann');
  const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
  const at = new Date(await engine.env.currentTimeMs());
  const give = async (type: string) => {
    const event = await store(db, programId, { type, subject: 'bob', at, payload: { code: ann.code } });
    await handOver(engine, programId, workflowId, [{ eventId: event.eventId, type }]);
    return event.eventId;
  };
  await outcomeOf(db, await give('signup'));
  const failing = await give('purchase');
  const parked = await until('the parking', () =>
    db.event.findFirst({ where: { id: failing, state: 'parked' } }),
  );
  expect(parked.reason).toContain('an impossible state');
  broken = false;
  expect(await outcomeOf(db, await give('purchase'))).toMatchObject({ decision: 'accepted' });
});
