import { describe, expect, it } from 'vitest';
import { actionsOn } from './audit.ts';
import { mug, usd, useCatalogueApi } from './catalogue-harness.ts';
import { expectRefused } from './refusal.ts';

const shop = useCatalogueApi();
const { api, create } = shop;

describe('items', () => {
  it('are offered, changed, taken back, and each change has its author', async () => {
    const made = await create(mug({ description: 'White\nand blue', memberLimit: 2 }));
    expect(made).toMatchObject({ method: 'manual', price: usd('500'), stock: 3, active: true, fee: null });
    const changed = await api.mutate('catalogue.update', {
      id: made.id,
      price: usd('700'),
      memberLimit: null,
    });
    expect(changed.data).toMatchObject({ price: usd('700'), memberLimit: null, stock: 3, name: 'A mug' });
    const off = await api.mutate('catalogue.setActive', { id: made.id, active: false });
    expect(off.data).toMatchObject({ active: false, price: usd('700') });
    expect(await actionsOn(api, { subject: made.id })).toEqual([
      'catalogue.deactivated',
      'catalogue.updated',
      'catalogue.created',
    ]);
  });

  it('show a member what is offered, and why not', async () => {
    const open = await create(mug());
    const gone = await create(mug({ stock: 0 }));
    const badge = await create(mug({ badge: 'friend' }));
    const { items } = (await api.query('catalogue.list', { memberId: shop.memberId })).data;
    const forMember = (id: string) => items.find((item: { id: string }) => item.id === id)?.forMember;
    expect(forMember(open.id)).toEqual({ eligible: true, code: null, message: null });
    expect(forMember(gone.id)).toMatchObject({ eligible: false, code: 'out_of_stock' });
    expect(forMember(badge.id)).toMatchObject({ eligible: false, code: 'not_eligible' });
    expect((await api.query('catalogue.get', { id: open.id })).data.forMember).toBeNull();
  });

  it('are stocked up and down, and never below nothing', async () => {
    const { id } = await create(mug({ stock: 1 }));
    expect((await api.mutate('catalogue.addStock', { id, by: 4 })).data.stock).toBe(5);
    expect((await api.query('catalogue.stock', { id })).data).toEqual({ left: 5, taken: null, shown: null });
    const tooMuch = () => api.mutate('catalogue.addStock', { id, by: -6 });
    await expectRefused(api, tooMuch, { status: 409, code: 'out_of_stock' });
    const { id: endless } = await create(mug({ stock: null }));
    const none = () => api.mutate('catalogue.addStock', { id: endless, by: 1 });
    await expectRefused(api, none, { status: 422, code: 'item_invalid' });
  });

  it('30 additions at once all count', async () => {
    const { id } = await create(mug({ stock: 0 }));
    await Promise.all(Array.from({ length: 30 }, () => api.mutate('catalogue.addStock', { id, by: 1 })));
    expect((await api.query('catalogue.stock', { id })).data.left).toBe(30);
  });

  it.each<[string, object, number, string]>([
    ['no price', { price: undefined }, 422, 'item_invalid'],
    ['price and minimum', { min: usd('5') }, 422, 'item_invalid'],
    ['a price of nothing', { price: usd('0') }, 422, 'item_invalid'],
    ['a price below nothing', { price: usd('-1') }, 400, 'amount_negative'],
    ['half a cent', { price: usd('0.5') }, 400, 'amount_not_integer'],
    ['an unknown unit', { price: { minor: '5', unit: 'XYZ' } }, 400, 'unit_unknown'],
    ['another currency', { price: { minor: '5', unit: 'EUR' } }, 422, 'item_invalid'],
    ['a kind that is none', { kind: 'lottery' }, 400, 'input_invalid'],
    ['a method that its kind has not', { method: 'stripe' }, 422, 'item_invalid'],
    ['a stock below nothing', { stock: -1 }, 400, 'input_invalid'],
    ['half a unit', { stock: 0.5 }, 400, 'input_invalid'],
    ['a counted stock of coupons', { kind: 'coupon' }, 422, 'item_invalid'],
    ['a fee on a thing', { fee: { fixed: usd('5'), rate_bp: 0 } }, 422, 'item_invalid'],
    [
      'a fee in another unit',
      { kind: 'cash_out', fee: { fixed: { minor: '5', unit: 'EUR' }, rate_bp: 0 } },
      422,
      'unit_mismatch',
    ],
    [
      'a share of the whole',
      { kind: 'cash_out', fee: { fixed: usd('0'), rate_bp: 10_000 } },
      400,
      'input_invalid',
    ],
    [
      'an end before its start',
      { startsAt: '2027-02-01T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' },
      422,
      'item_invalid',
    ],
    ['a date that is none', { endsAt: 'tomorrow' }, 400, 'input_invalid'],
    ['a limit of nothing', { memberLimit: 0 }, 400, 'input_invalid'],
    ['an empty name', { name: ' ' }, 400, 'input_invalid'],
    ['a field that is not there', { colour: 'blue' }, 400, 'input_invalid'],
  ])('are not made with %s', async (_what, change, status, code) => {
    await expectRefused(api, () => api.mutate('catalogue.create', mug(change)), { status, code });
  });

  it('are nothing to another program, nor to a key that may not', async () => {
    const { id } = await create(mug());
    const other = await api.program();
    const foreign = { key: other.key };
    const unknown = { status: 404, code: 'item_unknown' };
    await expectRefused(api, () => api.query('catalogue.get', { id }, foreign), unknown);
    await expectRefused(api, () => api.query('catalogue.stock', { id }, foreign), unknown);
    await expectRefused(api, () => api.query('catalogue.coupons', { id }, foreign), unknown);
    await expectRefused(api, () => api.mutate('catalogue.update', { id, name: 'Mine' }, foreign), unknown);
    await expectRefused(
      api,
      () => api.mutate('catalogue.setActive', { id, active: false }, foreign),
      unknown,
    );
    await expectRefused(api, () => api.mutate('catalogue.addStock', { id, by: 1 }, foreign), unknown);
    await expectRefused(
      api,
      () => api.mutate('catalogue.addCoupons', { id, codes: ['A'] }, foreign),
      unknown,
    );
    expect((await api.query('catalogue.list', {}, foreign)).data.items).toEqual([]);
    const reader = await api.key(['read']);
    const missing = { status: 403, code: 'scope_missing' };
    await expectRefused(api, () => api.mutate('catalogue.create', mug(), { key: reader.token }), missing);
  });
});
