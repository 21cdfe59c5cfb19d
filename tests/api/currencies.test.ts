import { describe, expect, it } from 'vitest';
import { policyToJson } from '../../domain/policies/json.ts';
import { playedProgram, T0 } from '../support/play.ts';
import { testPolicy, testRule } from '../support/seed.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const purchase = (key: string) => ({
  key,
  type: 'purchase',
  subject: 'buyer',
  value: { minor: '1250', unit: 'USD' },
});

const share = testRule({
  id: 'share',
  trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
  benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
});

describe('currencies of events', () => {
  it('are kept in capitals, and either writing is the same event', async () => {
    const first = await api.mutate('events.record', {
      ...purchase('small-1'),
      value: { minor: '1250', unit: 'usd' },
    });
    const again = await api.mutate('events.record', purchase('small-1'));
    expect(again.data).toEqual({ ...first.data, replayed: true });
    expect(await api.db.event.findFirst({ where: { key: 'small-1' } })).toMatchObject({ unit: 'USD' });
  });

  it('that were withdrawn are taken for what happened in their life, and for refunds of that', async () => {
    const value = { minor: '1955', unit: 'HRK' };
    const old = { ...purchase('kuna-1'), value };
    const inLife = await api.mutate('events.record', { ...old, occurredAt: '2022-05-01T10:00:00Z' });
    expect(inLife.status).toBe(200);
    const late = await api.mutate('events.record', {
      ...old,
      key: 'kuna-2',
      occurredAt: '2023-06-01T10:00:00Z',
    });
    expect(late).toMatchObject({
      code: 'unit_withdrawn',
      message: 'HRK was withdrawn in 2023-01, and is taken for what happened before 2023-05-04.',
    });
    const refund = { key: 'kuna-3', type: 'refund', subject: 'buyer', refundOf: 'kuna-1', value };
    expect((await api.mutate('events.record', refund)).status).toBe(200);
  });
});

describe('rates', () => {
  const rate = { from: 'eur', to: 'USD', rate: '1.0853', validFrom: '2026-01-15T00:00:00Z' };

  it('are put on record once, with who did so, and listed, those that were set last first', async () => {
    const { key, programId } = await api.program();
    const set = await api.mutate('rates.set', { ...rate, source: 'central bank' }, { key });
    expect(set.data).toMatchObject({
      ...{ from: 'EUR', to: 'USD', rate: '1.0853', source: 'central bank' },
      ...{ validFrom: '2026-01-15T00:00:00.000Z', setBy: expect.stringMatching(/^key:/) },
    });
    const now = await api.mutate('rates.set', { from: 'CHF', to: 'EUR', rate: '1.05' }, { key });
    expect(Math.abs(Date.parse(now.data.validFrom) - api.now())).toBeLessThan(60_000);
    const listed = async (input: object) =>
      (await api.query('rates.list', input, { key })).data.items.map(({ id }: { id: string }) => id);
    expect(await listed({})).toEqual([now.data.id, set.data.id]);
    expect(await listed({ unit: 'usd' })).toEqual([set.data.id]);
    expect((await api.query('rates.list', {})).data.items).toEqual([]);
    const audited = await api.db.auditEntry.findFirst({ where: { programId, action: 'rate.set' } });
    expect(audited?.detail).toMatchObject({ from: 'EUR', to: 'USD', rate: '1.0853' });
  });

  it.each([
    ['of zero', { rate: '0' }, 'rate_not_positive'],
    ['below zero', { rate: '-1.1' }, 'rate_not_positive'],
    ['of the future', { validFrom: new Date(Date.now() + 60_000).toISOString() }, 'rate_in_future'],
    ['of too many digits', { rate: '1.0000000000001' }, 'rate_malformed'],
    ['with an exponent', { rate: '1e3' }, 'rate_malformed'],
    ['that is a number', { rate: 1.1 }, 'input_invalid'],
    ['between a unit and itself', { to: 'Eur' }, 'rate_same_unit'],
    ['of a unit that nobody knows', { to: 'XXQ' }, 'unit_unknown'],
    ['of a time before any', { validFrom: '0000-01-01T00:00:00Z' }, 'input_invalid'],
  ])('%s are refused, and nothing changes', async (_, change, code) => {
    const status = code === 'rate_in_future' ? 422 : 400;
    await expectRefused(api, () => api.mutate('rates.set', { ...rate, ...change }), { status, code });
  });

  it('of a time and pair that has one are refused, either way, and the first stays', async () => {
    const { key } = await api.program();
    const first = await api.mutate('rates.set', rate, { key });
    for (const other of [{ rate: '1.2' }, { from: 'USD', to: 'EUR', rate: '0.9' }]) {
      const again = await api.mutate('rates.set', { ...rate, ...other }, { key });
      expect([again.code, again.status]).toEqual(['rate_known', 409]);
    }
    const both = await Promise.all(
      ['1.3', '1.4'].map((text) =>
        api.mutate('rates.set', { ...rate, rate: text, validFrom: '2026-02-01T00:00:00Z' }, { key }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { items } = (await api.query('rates.list', {}, { key })).data;
    expect(items).toHaveLength(2);
    expect(items[1]).toEqual(first.data);
  });

  it('need the scope of policies to be set, and to be read any', async () => {
    const reader = await api.key(['read']);
    expect((await api.mutate('rates.set', rate, { key: reader.token })).code).toBe('scope_missing');
    expect((await api.query('rates.list', {}, { key: reader.token })).status).toBe(200);
  });
});

describe('a converted sale', () => {
  it('is explained in English and German, with the rate and both amounts', async () => {
    const { programId, key } = await api.program();
    const play = playedProgram(api.database, programId);
    const policy = testPolicy({ rules: [share] });
    await api.mutate('policies.publish', { policy: policyToJson(policy) }, { key });
    const set = { from: 'EUR', to: 'USD', rate: '1.0853', validFrom: T0.toISOString() };
    expect((await api.mutate('rates.set', set, { key })).status).toBe(200);
    const ann = await play.member('ann');
    const signup = await play.signUp('bob', { code: ann.code });
    expect(signup.outcome.decision).toBe('accepted');
    const sale = await play.act('bob', { value: { minor: 4_900n, unit: 'EUR' } });
    const reward = await api.db.reward.findFirstOrThrow({ where: { programId } });
    const said = async (procedure: string, id: string, language: string): Promise<string[]> =>
      (await api.query(procedure, { id, language }, { key })).data.sentences;
    const english =
      'Its value of €49.00 counts as $53.18: one EUR is 1.0853 USD, by the rate since Jan 1, 2026.';
    const german =
      'Sein Wert von 49,00 € zählt als 53,18 $: 1 EUR entspricht 1,0853 USD, nach dem Kurs seit 01.01.2026.';
    const plain = (sentences: readonly string[]) => sentences.map((it) => it.replaceAll('\u00a0', ' '));
    for (const [procedure, id] of [
      ['explain.event', sale.id],
      ['explain.reward', reward.id],
    ] as const) {
      expect(plain(await said(procedure, id, 'en'))).toContain(english);
      expect(plain(await said(procedure, id, 'de'))).toContain(german);
    }
  });
});

describe('a policy in another unit', () => {
  it('says what members have in the unit before, which they redeem by its last limits', async () => {
    const { programId, key } = await api.program();
    const play = playedProgram(api.database, programId);
    const dollars = testPolicy({ rules: [{ ...share, trigger: { on: 'qualified' }, hold_days: 0 }] });
    await api.mutate('policies.publish', { policy: policyToJson(dollars) }, { key });
    const ann = await play.member('ann');
    await play.signUp('bob', { code: ann.code });
    await play.act('bob', { value: { minor: 50_000n, unit: 'USD' } });
    const { policy } = (await api.query('policies.builtin', { unit: 'EUR' }, { key })).data;
    const published = await api.mutate('policies.publish', { policy }, { key });
    const usd = (minor: string) => ({ minor, unit: 'USD' });
    expect(published.data).toEqual({
      version: 3,
      earlierUnits: [{ unit: 'USD', pending: usd('0'), available: usd('5000'), reserved: usd('0') }],
    });
    const ask = (amount: object) =>
      api.mutate('redemptions.request', { memberId: ann.id, amount, method: 'manual' }, { key });
    expect((await ask({ minor: '2000', unit: 'usd' })).status).toBe(200);
    expect((await ask(usd('999'))).code).toBe('below_minimum');
    expect((await ask({ minor: '2000', unit: 'CHF' })).code).toBe('unit_mismatch');
  });
});
