import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import { useEngine } from '../tests/support/engine.ts';
import { handOver, outcomeOf, store, until } from '../tests/support/hand-over.ts';
import { referralIdOf, seedMember, seedProgram } from '../tests/support/seed.ts';

let broken = true;

const database = useDatabase();
const engine = useEngine({
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

test('an event whose activity fails for good is parked with the reason, the next is decided', async () => {
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
