import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { until } from '../support/hand-over.ts';
import { fixedPolicy, publishPolicy, referralIdOf, seedEvent, seedMember } from '../support/seed.ts';
import { tellReferrals } from '../support/tell.ts';
import { useApi } from './harness.ts';

const api = useApi({}, {
  get workflow() {
    return engine.client.workflow;
  },
} as Client);
const engine = useEngine(() => ({ database: api.database, server: 'dev', pump: false }));

it('the live view has no state before the workflow begins, and then what it was told', async () => {
  const { db, programId } = api;
  await publishPolicy(db, programId, fixedPolicy(500n, 30), 2);
  const { code } = await seedMember(db, programId, 'ann');
  const referralId = referralIdOf(programId, 'bob');
  const decide = async (type: string, payload: object = {}) => {
    const { id: eventId } = await seedEvent(db, programId, { type, subject: 'bob', payload: { ...payload } });
    await engine.activities.keepReferralEvent({
      ...{ programId, referralId, eventId, type, now_ms: Date.now() },
    });
    await tellReferrals(engine, db, programId);
  };
  const live = async () => (await api.query('referrals.live', { id: referralId })).data;
  await decide('signup', { code });
  expect(await live()).toEqual({ workflowId: `referral-${referralId}`, state: null });
  await decide('purchase');
  const state = await until('the state', async () => (await live()).state);
  expect(state).toMatchObject({ stage: 'qualified', rewards: { held: 1 }, version: 2 });
});
