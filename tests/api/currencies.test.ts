import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';

const api = useApi();
const purchase = (key: string) => ({
  key,
  type: 'purchase',
  subject: 'buyer',
  value: { minor: '1250', unit: 'USD' },
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
