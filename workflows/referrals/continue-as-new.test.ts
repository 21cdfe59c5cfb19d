import { expect, test } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { prove } from '../../ledger/prove.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { handOver, outcomeOf, store, until } from '../../tests/support/hand-over.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import { referralIdOf, seedMember, seedProgram, testPolicy, testRule } from '../../tests/support/seed.ts';
import { currentReferral } from './messages.ts';

const database = useDatabase();
const engine = useEngine({ database, server: 'dev', pump: false, continueAsNewAfter: 20 });

test('a referral that continues as new again and again loses and repeats no event', async () => {
  const { db } = database;
  const trigger = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
  const programId = await seedProgram(db, testPolicy({ rules: [testRule({ trigger, hold_days: 30 })] }));
  const ann = await seedMember(db, programId, 'ann');
  const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
  const at = new Date();
  const keep = (type: string) =>
    store(db, programId, { type, subject: 'bob', at, payload: { code: ann.code } });
  const first = [await keep('signup')];
  const purchases = await Promise.all(Array.from({ length: 24 }, () => keep('purchase')));
  const handle = await handOver(
    engine,
    programId,
    workflowId,
    first.map(({ eventId, type }) => ({ eventId, type })),
  );
  const { runId } = await handle.describe();
  for (const [nth, { eventId, type }] of purchases.entries()) {
    await handOver(engine, programId, workflowId, [{ eventId, type }]);
    // Now and then the workflow comes to rest, and now and then signals meet its change of runs.
    if (nth % 4 === 0) await outcomeOf(db, eventId);
  }
  for (const { eventId } of purchases) {
    expect(await outcomeOf(db, eventId)).toMatchObject({ decision: 'accepted' });
  }
  expect((await handle.describe()).runId).not.toBe(runId);
  expect((await balancesOf(db, programId, ann.id))[0]).toMatchObject({ pending_minor: 2_400n });
  expect(await db.reward.count({ where: { programId } })).toBe(24);
  const snapshot = await until('the last snapshot', async () => {
    const now = await handle.query(currentReferral);
    return now?.rewards.held === 24 && now;
  });
  expect(snapshot).toMatchObject({ stage: 'qualified', matures_at_ms: at.getTime() + 30 * DAY_MS });
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain('24 / 0 / 0');
  const described = await handle.describe();
  expect(described.searchAttributes['ReferralStage']).toEqual(['qualified']);
  expect(await prove(database.url)).toMatchObject({ ok: true });
});
