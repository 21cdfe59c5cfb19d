import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { mug, usd, useCatalogueApi } from './catalogue-harness.ts';
import { expectRefused } from './refusal.ts';

const shop = useCatalogueApi();
const { api, create, ask } = shop;

describe('redemptions of items', () => {
  it('keep the terms under which they were asked for', async () => {
    const item = await create({
      kind: 'cash_out',
      name: 'Cash',
      min: usd('1000'),
      fee: { fixed: usd('25'), rate_bp: 150 },
    });
    const made = await ask({
      itemId: item.id,
      quantity: 1,
      amount: usd('10000'),
      destination: { iban: 'DE0212' },
    });
    await api.mutate('catalogue.update', { id: item.id, fee: null });
    const shown = await api.query('redemptions.get', { id: made.data.redemptionId });
    expect(shown.data).toMatchObject({
      itemId: item.id,
      amount: usd('10000'),
      fee: usd('175'),
      payout: usd('9825'),
      method: 'manual',
      approval: null,
      attempts: [],
    });
    expect(shown.text).not.toContain('DE0212');
  });

  it('of points pay the value that the item names', async () => {
    const price = { minor: '500', unit: 'PTS' };
    const item = await create({ kind: 'account_credit', name: 'Credit', price, value: usd('300') });
    const made = await ask({ itemId: item.id });
    const shown = await api.query('redemptions.get', { id: made.data.redemptionId });
    expect(shown.data).toMatchObject({ amount: price, payout: usd('300'), method: 'account_credit' });
  });

  const item = (change: object) => create(mug(change));
  it.each<[string, () => Promise<object>, number, string]>([
    ['an unknown item', async () => ({ itemId: newId() }), 404, 'item_unknown'],
    [
      'an item that is out of stock',
      async () => ({ itemId: (await item({ stock: 0 })).id }),
      409,
      'out_of_stock',
    ],
    [
      'an empty pool',
      async () => ({ itemId: (await item({ kind: 'coupon', stock: null })).id }),
      409,
      'out_of_stock',
    ],
    [
      'an item to come',
      async () => ({ itemId: (await item({ startsAt: '2099-01-01T00:00:00Z' })).id }),
      409,
      'item_inactive',
    ],
    ['an item for others', async () => ({ itemId: (await item({ minLevel: 3 })).id }), 422, 'not_eligible'],
    ['two at once', async () => ({ itemId: (await item({})).id, quantity: 2 }), 400, 'input_invalid'],
    [
      'an amount for what has a price',
      async () => ({ itemId: (await item({})).id, amount: usd('5') }),
      422,
      'item_invalid',
    ],
    [
      'a method besides the item',
      async () => ({ itemId: (await item({})).id, method: 'manual' }),
      400,
      'input_invalid',
    ],
    ['neither item nor amount', async () => ({ method: 'manual' }), 400, 'input_invalid'],
    ['neither item nor method', async () => ({ amount: usd('5000') }), 400, 'input_invalid'],
    [
      'less than the item’s minimum',
      async () => ({
        itemId: (await create({ kind: 'cash_out', name: 'Cash', min: usd('1000') })).id,
        amount: usd('999'),
      }),
      422,
      'below_minimum',
    ],
    [
      'a transfer to no account',
      async () => ({
        itemId: (await create({ kind: 'cash_out', name: 'Cash', min: usd('1000'), method: 'stripe' })).id,
        amount: usd('1000'),
        destination: { account: 'acct' },
      }),
      422,
      'destination_invalid',
    ],
  ])('are refused for %s', async (_what, wish, status, code) => {
    const input = await wish();
    await expectRefused(api, () => ask(input), { status, code });
  });

  it('are refused when the member has had as many as allowed', async () => {
    const { id } = await item({ memberLimit: 1 });
    const had = { unit: 'USD', amountMinor: 500n, method: 'manual', itemId: id, status: 'paying' as const };
    await api.db.redemption.create({
      data: { programId: api.programId, id: newId(), memberId: shop.memberId, ...had },
    });
    await expectRefused(api, () => ask({ itemId: id }), { status: 409, code: 'limit_reached' });
  });

  it('show what the provider was asked and answered', async () => {
    const { data } = await ask({ itemId: (await item({})).id });
    const attempt = { programId: api.programId, redemptionId: data.redemptionId, method: 'http' };
    await api.db.redemptionAttempt.create({
      data: { ...attempt, result: 'unknown', reason: 'timed_out', answeredAt: new Date() },
    });
    await api.db.redemptionAttempt.create({ data: attempt });
    const shown = await api.query('redemptions.get', { id: data.redemptionId });
    expect(shown.data.attempts).toMatchObject([
      { result: null, answeredAt: null },
      { result: 'unknown', reason: 'timed_out', method: 'http' },
    ]);
  });
});
