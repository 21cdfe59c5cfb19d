import { expect, it } from 'vitest';
import { policyToJson } from '../../domain/policies/json.ts';
import { DAY_MS, playedProgram, testActivities } from '../support/play.ts';
import { seedRedemption, testPolicy, testRule, usd } from '../support/seed.ts';
import { useApi } from './harness.ts';

const api = useApi();

const benefit = { kind: 'fixed', amount: usd(1_000n) } as const;
const policy = testPolicy({
  rules: [testRule({ trigger: { on: 'signed_up' }, benefit, expires_days: 30 })],
});

it('credit that has expired is neither shown nor redeemed, and the upkeep only books that', async () => {
  await api.mutate('policies.publish', { policy: policyToJson(policy) });
  const activities = testActivities(api.database);
  const program = playedProgram(api.database, api.programId, activities);
  const { id: annId, referralCode: code } = await api.member('ann');
  const now_ms = Date.now();
  for (const days of [40, 1]) {
    const signup = await program.signUp(`s${days}`, { code }, { at: new Date(now_ms - days * DAY_MS) });
    expect(signup.snapshot.stage).toBe('signed_up');
  }
  const balance = async () => {
    const { items } = (await api.query('balances.get', { memberId: annId })).data;
    return items;
  };
  const money = (minor: string) => ({ minor, unit: 'USD' });
  const shown = [{ unit: 'USD', available: money('1000'), reserved: money('0') }];
  expect(await balance()).toMatchObject(shown);

  const ask = async (minor: bigint) => {
    const { id, eventId } = await seedRedemption(api.db, api.programId, annId, { minor });
    const ref = { programId: api.programId, redemptionId: id, eventId, now_ms };
    return await activities.reserveRedemption(ref);
  };
  expect(await ask(1_001n)).toMatchObject({ status: 'refused', reason: 'insufficient_balance' });
  expect(await balance()).toMatchObject(shown);

  expect(await activities.expireLots({ now_ms })).toEqual({ expired: 1 });
  expect(await balance()).toMatchObject(shown);
  expect(await ask(1_001n)).toMatchObject({ status: 'refused', reason: 'insufficient_balance' });
  expect(await ask(1_000n)).toMatchObject({ status: 'paying' });
  expect(await balance()).toMatchObject([{ available: money('0'), reserved: money('1000') }]);
  expect(await activities.reconcile()).toMatchObject({ failed: [] });
});
