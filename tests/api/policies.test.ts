import { describe, expect, it } from 'vitest';
import { type Answer, useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { seedReferral } from './seed.ts';

const api = useApi();
describe('policies', () => {
  const builtin = async () => (await api.query('policies.builtin', { unit: 'EUR' })).data.policy;

  it('are published as immutable versions, the newest in force, its budget the ledger’s bound', async () => {
    const policy = { ...(await builtin()), budget: { minor: '100000', unit: 'EUR' } };
    const published = await api.mutate('policies.publish', { policy });
    expect(published.data).toEqual({ version: 2, earlierUnits: [] });
    expect((await api.query('policies.get', {})).data).toMatchObject({ version: 2, policy });
    expect((await api.query('policies.get', { version: 1 })).data.policy.unit).toBe('USD');
    const versions = await api.query('policies.list', { limit: 1 });
    expect(versions.data.items.map(({ version }: { version: number }) => version)).toEqual([2]);
    const next = await api.query('policies.list', { limit: 1, cursor: versions.data.nextCursor });
    expect(next.data).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
    const budget = await api.query('balances.budget');
    expect(budget.data.items).toContainEqual({
      unit: 'EUR',
      cap: { minor: '100000', unit: 'EUR' },
      spent: { minor: '0', unit: 'EUR' },
    });
  });

  it('take their unit in small letters, and none that was withdrawn', async () => {
    const small = await api.query('policies.builtin', { unit: 'eur' });
    expect(small.data.policy.unit).toBe('EUR');
    const { key } = await api.program();
    const policy = { ...small.data.policy, unit: 'eur' };
    expect((await api.mutate('policies.publish', { policy }, { key })).data).toEqual({
      version: 2,
      earlierUnits: [],
    });
    const { data } = await api.query('policies.get', {}, { key });
    expect([data.policy.unit, data.policy.redemption.min.unit]).toEqual(['EUR', 'EUR']);
    expect((await api.query('policies.builtin', { unit: 'bgn' })).code).toBe('unit_withdrawn');
    const old = JSON.parse(JSON.stringify(small.data.policy).replaceAll('"EUR"', '"DEM"'));
    expect((await api.mutate('policies.publish', { policy: old }, { key })).code).toBe('unit_withdrawn');
  });

  it('show which of their conditions could not be evaluated, how often, and for which event', async () => {
    const { programId, key } = await api.program();
    await api.mutate('policies.publish', { policy: await builtin() }, { key });
    const failure = (policyVersion: number, part: string, ruleId: string, failures: bigint) => ({
      ...{ programId, policyVersion, part, ruleId, failures, lastEventId: crypto.randomUUID() },
    });
    const rows = [failure(1, 'qualification', '', 3n), failure(1, 'points', 'spend', 7n)];
    await api.db.conditionFailure.createMany({ data: [...rows, failure(2, 'rules', 'thanks', 1n)] });
    const shown = async (input: object) =>
      (await api.query('policies.get', input, { key })).data.conditionFailures;
    expect(await shown({ version: 1 })).toEqual([
      {
        part: 'points',
        ruleId: 'spend',
        failures: 7,
        lastEventId: rows[1]?.lastEventId,
        lastAt: expect.any(String),
      },
      {
        part: 'qualification',
        ruleId: null,
        failures: 3,
        lastEventId: rows[0]?.lastEventId,
        lastAt: expect.any(String),
      },
    ]);
    const { items } = (await api.query('policies.list', {}, { key })).data;
    expect(items.map((it: { conditionFailures: unknown[] }) => it.conditionFailures.length)).toEqual([1, 2]);
    expect(await shown({})).toMatchObject([{ part: 'rules', ruleId: 'thanks', failures: 1 }]);
  });

  it('are read, with what fraud signals weigh, with the scope `policies:read` alone', async () => {
    const { referralId, redemptionId } = await seedReferral(api, api.programId);
    const detail = 'The e-mail is of a disposable provider.';
    const signals = { score: 40, signals: [{ name: 'disposable_email', weight: 40, detail }] };
    const where = (id: string) => ({ programId_id: { programId: api.programId, id } });
    await api.db.referral.update({ where: where(referralId), data: { signals } });
    const steps = [{ step: 'fraud_score', passed: false, result: '40' }];
    const approval = { who: 'operator', steps };
    await api.db.redemption.update({ where: where(redemptionId), data: { approval } });
    const seen = async (key: string) => [
      (await api.query('explain.referral', { id: referralId }, { key })).data.signals,
      (await api.query('redemptions.get', { id: redemptionId }, { key })).data.approval.steps,
    ];
    const reader = (await api.key(['read'])).token;
    const knower = (await api.key(['read', 'policies:read'])).token;
    expect(await seen(knower)).toEqual([signals, steps]);
    expect(await seen(reader)).toEqual([
      { signals: [{ name: 'disposable_email', detail }] },
      [{ step: 'fraud_score', passed: false, result: null }],
    ]);
    for (const procedure of ['policies.get', 'policies.list']) {
      const missing = { status: 403, code: 'scope_missing' };
      await expectRefused(api, () => api.query(procedure, undefined, { key: reader }), missing);
      expect((await api.query(procedure, undefined, { key: knower })).status).toBe(200);
    }
  });

  it('show what signals weigh in a signup’s outcome with `policies:read` alone, wherever it is', async () => {
    const detail = 'The e-mail is of a disposable provider.';
    const fraud = {
      verdict: 'review',
      score: 40,
      signals: [{ name: 'disposable_email', weight: 40, detail }],
    };
    const outcome = { decision: 'accepted', stage: 'in_review', trace: { attributed_by: 'code', fraud } };
    const event = { key: 'weighed', type: 'signup', subject: 'weighed' };
    const { eventId } = (await api.mutate('events.record', event)).data;
    const decided = { state: 'decided', outcome, decidedAt: new Date() } as const;
    await api.db.event.updateMany({ where: { id: eventId }, data: decided });
    const shown = async (key: string) => {
      const data = async (answer: Promise<Answer>) => (await answer).data;
      const id = { id: eventId };
      const [recorded, batch, got, listed, explained] = await Promise.all([
        data(api.mutate('events.record', event, { key })),
        data(api.mutate('events.recordBatch', { events: [event] }, { key })),
        data(api.query('events.get', id, { key })),
        data(api.query('events.list', { subject: 'weighed' }, { key })),
        data(api.query('explain.event', id, { key })),
      ]);
      return [recorded, batch.results[0], got, listed.items[0], explained.event].map(
        (it) => it.outcome.trace.fraud,
      );
    };
    const sender = (await api.key(['read', 'events:write'])).token;
    const knower = (await api.key(['read', 'events:write', 'policies:read'])).token;
    expect(await shown(knower)).toEqual(Array(5).fill(fraud));
    const unweighed = { verdict: 'review', signals: [{ name: 'disposable_email', detail }] };
    expect(await shown(sender)).toEqual(Array(5).fill(unweighed));
  });

  it('ten published at once get ten versions in a row', async () => {
    const { key } = await api.program();
    const policy = await builtin();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.mutate('policies.publish', { policy }, { key })),
    );
    expect(answers.map(({ data }) => data.version).sort((a, b) => a - b)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
  });

  it.each([
    ['an amount in another unit', { budget: { minor: '1', unit: 'USD' } }, 422, 'policy_invalid'],
    ['a negative amount', { budget: { minor: '-1', unit: 'EUR' } }, 400, 'input_invalid'],
    ['an unknown field', { extra: 1 }, 400, 'input_invalid'],
    [
      'a condition that is no CEL',
      { qualification: { event: 'purchase', min_value: null, within_days: 9, condition: '1 +' } },
      422,
      'condition_invalid',
    ],
  ])('are refused with %s', async (_what, change, status, code) => {
    const policy = { ...(await builtin()), ...change };
    await expectRefused(api, () => api.mutate('policies.publish', { policy }), { status, code });
  });

  it('404 for a version that is not there', async () => {
    await expectRefused(api, () => api.query('policies.get', { version: 99 }), {
      status: 404,
      code: 'not_found',
    });
  });

  it('400 for the built-in policy in an unknown unit', async () => {
    await expectRefused(api, () => api.query('policies.builtin', { unit: 'XXQ' }), {
      status: 400,
      code: 'unit_unknown',
    });
  });
});
