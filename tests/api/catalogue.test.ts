import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

let memberId: string;
const api = useApi();

beforeAll(async () => {
  memberId = (await api.member('ann')).id;
});

const usd = (minor: string) => ({ minor, unit: 'USD' });
const mug = (change: object = {}) => ({
  kind: 'item',
  name: 'A mug',
  price: usd('500'),
  stock: 3,
  ...change,
});

const create = async (input: object) => (await api.mutate('catalogue.create', input)).data;
const ask = (change: object) => api.mutate('redemptions.request', { memberId, ...change });

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
    const log = await api.query('audit.list', { subject: made.id });
    expect(log.data.items.map(({ action }: { action: string }) => action)).toEqual([
      'catalogue.deactivated',
      'catalogue.updated',
      'catalogue.created',
    ]);
  });

  it('show a member what is offered, and why not', async () => {
    const open = await create(mug());
    const gone = await create(mug({ stock: 0 }));
    const badge = await create(mug({ badge: 'friend' }));
    const { items } = (await api.query('catalogue.list', { memberId })).data;
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

describe('coupons', () => {
  it('are uploaded once, shown to operators by their last characters, and to the member whole', async () => {
    const pool = await create({ kind: 'coupon', name: 'A voucher', price: usd('500') });
    const codes = ['SPRING-AAAA-1111', 'SPRING-BBBB-2222', 'SPRING-AAAA-1111'];
    const batch = await api.mutate('catalogue.addCoupons', { id: pool.id, codes });
    expect(batch.data).toMatchObject({ added: 2, duplicates: 1 });
    expect((await api.mutate('catalogue.addCoupons', { id: pool.id, codes })).data).toMatchObject({
      added: 0,
    });
    const listed = await api.query('catalogue.coupons', { id: pool.id });
    expect(listed.data.items.map(({ masked }: { masked: string }) => masked).sort()).toEqual([
      '••••1111',
      '••••2222',
    ]);
    expect(listed.text).not.toContain('SPRING');

    const redemptionId = newId();
    const terms = { unit: 'USD', amountMinor: 500n, method: 'coupon', itemId: pool.id };
    await api.db.redemption.create({
      data: { programId: api.programId, id: redemptionId, memberId, status: 'paying', ...terms },
    });
    const [free] = listed.data.items;
    const code = codes.find((each) => each.endsWith(free.masked.slice(-4)));
    await api.db.couponCode.updateMany({
      where: { id: free.id },
      data: { redemptionId, takenAt: new Date() },
    });
    const reveal = (member = memberId) => api.mutate('catalogue.reveal', { redemptionId, memberId: member });
    await expectRefused(api, reveal, { status: 409, code: 'stage_forbids' });
    await api.db.redemption.updateMany({ where: { id: redemptionId }, data: { status: 'settled' } });
    const other = await api.member();
    await expectRefused(api, () => reveal(other.id), { status: 404, code: 'not_found' });
    expect((await reveal()).data).toMatchObject({ code });
    expect((await reveal()).data).toMatchObject({ code });
    expect((await api.query('catalogue.stock', { id: pool.id })).data).toEqual({
      left: 1,
      taken: 1,
      shown: 1,
    });
    const kept = await api.db.idempotencyKey.findMany({ where: { procedure: 'catalogue.reveal' } });
    const logged = await api.db.auditEntry.findMany({ where: { programId: api.programId } });
    expect(JSON.stringify([kept, logged], (_k, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toContain(
      'SPRING',
    );
  });

  it.each<[string, readonly string[], number, string]>([
    ['no code', [], 400, 'input_invalid'],
    ['an empty code', [' '], 400, 'input_invalid'],
    ['a code of two words', ['A B'], 400, 'input_invalid'],
    ['a code that is too long', ['A'.repeat(129)], 400, 'input_invalid'],
  ])('are not uploaded as %s', async (_what, codes, status, code) => {
    const pool = await create({ kind: 'coupon', name: 'A voucher', price: usd('500') });
    await expectRefused(api, () => api.mutate('catalogue.addCoupons', { id: pool.id, codes }), {
      status,
      code,
    });
  });

  it('belong to pools', async () => {
    const { id } = await create(mug());
    const send = () => api.mutate('catalogue.addCoupons', { id, codes: ['A'] });
    await expectRefused(api, send, { status: 422, code: 'item_invalid' });
  });
});

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
    await api.db.redemption.create({ data: { programId: api.programId, id: newId(), memberId, ...had } });
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
