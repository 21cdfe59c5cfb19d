import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { mug, usd, useCatalogueApi } from './catalogue-harness.ts';
import { expectRefused } from './refusal.ts';

const shop = useCatalogueApi();
const { api, create } = shop;

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
      data: {
        programId: api.programId,
        id: redemptionId,
        memberId: shop.memberId,
        status: 'paying',
        ...terms,
      },
    });
    const [free] = listed.data.items;
    const code = codes.find((each) => each.endsWith(free.masked.slice(-4)));
    await api.db.couponCode.updateMany({
      where: { id: free.id },
      data: { redemptionId, takenAt: new Date() },
    });
    const reveal = (member = shop.memberId) =>
      api.mutate('catalogue.reveal', { redemptionId, memberId: member });
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
