import { expect, test } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import { useEngine } from '../tests/support/engine.ts';
import { handOver, outcomeOf, store, until } from '../tests/support/hand-over.ts';
import { payloadsOf } from '../tests/support/payloads.ts';
import { DAY_MS } from '../tests/support/play.ts';
import { fixedPolicy, referralIdOf, seedMember, seedProgram, seedRedemption } from '../tests/support/seed.ts';
import { currentReferral } from './referrals/messages.ts';
import { FRAUD_VERDICT, MEMBER_ID, PROGRAM_ID, REFERRAL_STAGE, REWARD_DUE_AT } from './search-attributes.ts';

const database = useDatabase();
const engine = useEngine({ database, server: 'dev', pump: false });

const details = async (workflowId: string) =>
  await engine.client.workflow
    .getHandle(workflowId)
    .query<{ currentDetails?: string }>('__temporal_workflow_metadata');

test('an operator finds a referral by program, member, stage and date, without personal data', async () => {
  const { db } = database;
  const programId = await seedProgram(db, fixedPolicy(500n, 30));
  const ann = await seedMember(db, programId, 'ann', 'ann@example.org');
  const workflowId = `referral-${referralIdOf(programId, 'bob')}`;
  const signup = await store(db, programId, {
    type: 'signup',
    subject: 'bob',
    payload: { code: ann.code, email: 'bob.ray@example.net' },
  });
  const at = new Date();
  const purchase = await store(db, programId, { type: 'purchase', subject: 'bob', at });
  const deliveries = [signup, purchase].map(({ eventId, type }) => ({ eventId, type }));
  const handle = await handOver(engine, programId, workflowId, deliveries);
  await outcomeOf(db, purchase.eventId);
  const query = [
    `ProgramId = '${programId}'`,
    `MemberId = '${ann.id}'`,
    `ReferralStage = 'qualified'`,
    `RewardDueAt > '${new Date(at.getTime() + 29 * DAY_MS).toISOString()}'`,
  ].join(' AND ');
  const found = await until('the referral in the list', async () => {
    for await (const row of engine.client.workflow.list({ query })) return row;
    return null;
  });
  expect(found.workflowId).toBe(workflowId);
  const described = await handle.describe();
  expect(await described.staticSummary()).toMatch(/referral/i);
  const attributes = described.typedSearchAttributes;
  expect(attributes.get(PROGRAM_ID)).toBe(programId);
  expect(attributes.get(MEMBER_ID)).toBe(ann.id);
  expect(attributes.get(REFERRAL_STAGE)).toBe('qualified');
  expect(attributes.get(FRAUD_VERDICT)).toBe('allow');
  expect(attributes.get(REWARD_DUE_AT)?.getTime()).toBe(at.getTime() + 30 * DAY_MS);
  const shown = await details(workflowId);
  expect(shown.currentDetails).toContain('| stage | qualified |');
  expect(shown.currentDetails).toContain('| rewards held / available / reversed | 1 / 0 / 0 |');
  expect(await handle.query(currentReferral)).toMatchObject({ stage: 'qualified', rewards: { held: 1 } });
  const told = payloadsOf(JSON.stringify(await handle.fetchHistory()));
  expect(told).toContain(ann.id);
  expect(told).not.toMatch(/\bbob\b|ray@|example\.net|ann@/);
});

test('an operator reads in a redemption what it is waiting for', async () => {
  const { db } = database;
  const programId = await seedProgram(db, fixedPolicy(50_000n, 0));
  const ann = await seedMember(db, programId, 'ann');
  const both = ['signup', 'purchase'].map((type) =>
    store(db, programId, { type, subject: 'bob', payload: { code: ann.code } }),
  );
  const deliveries = (await Promise.all(both)).map(({ eventId, type }) => ({ eventId, type }));
  await handOver(engine, programId, `referral-${referralIdOf(programId, 'bob')}`, deliveries);
  await outcomeOf(db, deliveries[1]?.eventId ?? '');
  const { id, eventId } = await seedRedemption(db, programId, ann.id, { minor: 20_000n });
  const workflowId = `redemption-${id}`;
  const handle = await handOver(engine, programId, workflowId, [{ eventId, type: 'redemption.requested' }]);
  await outcomeOf(db, eventId);
  const shown = await until('the details', async () => (await details(workflowId)).currentDetails);
  expect(shown).toContain('| status | awaiting_approval |');
  expect(shown).toContain('20000 USD');
  expect(await (await handle.describe()).staticSummary()).toMatch(/redemption/i);
});
