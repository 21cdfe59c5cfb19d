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
    const { externalId } = await api.db.member.findUniqueOrThrow({
      where: { programId_id: { programId: api.programId, id: shop.memberId } },
    });
    const byTheirs = (name: string) => api.mutate('catalogue.reveal', { redemptionId, externalId: name });
    expect((await byTheirs(externalId)).data).toMatchObject({ code });
    await expectRefused(api, () => byTheirs('nobody'), { status: 404, code: 'not_found' });
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

  describe('that differ in case alone', () => {
    const add = async (codes: readonly string[], ignoreCase?: boolean, pool?: string) => {
      const id = pool ?? (await create({ kind: 'coupon', name: 'A voucher', price: usd('500') })).id;
      return (await api.mutate('catalogue.addCoupons', { id, codes, ignoreCase })).data;
    };

    it('are two codes, or one to a shop that does not look at case, in whatever pool', async () => {
      expect(await add(['Case-1', 'CASE-1'])).toMatchObject({ added: 2, duplicates: 0 });
      expect(await add(['case-1', 'Case-2', 'CASE-2', 'case-3'], true)).toMatchObject({
        added: 2,
        duplicates: 2,
      });
      expect(await add(['CASE-3', 'Case-2', 'case-4'], true)).toMatchObject({ added: 1, duplicates: 2 });
      expect(await add(['CASE-3'])).toMatchObject({ added: 1, duplicates: 0 });
    });

    it('are found among codes of before there was a choice', async () => {
      await add(Array.from({ length: 1_100 }, (_, n) => `OLD-${n}`));
      await api.db.couponCode.updateMany({ where: { programId: api.programId }, data: { foldedHash: null } });
      const { batchId } = await add(['LOST-1']);
      const lost = { sealedCode: 'v1.x', foldedHash: null };
      await api.db.couponCode.updateMany({ where: { batchId }, data: lost });
      expect(await add(['old-7', 'old-1099', 'old-1100'], true)).toMatchObject({ added: 1, duplicates: 2 });
      const left = await api.db.couponCode.findMany({
        where: { programId: api.programId, foldedHash: null },
      });
      expect(left.map((row) => row.batchId)).toEqual([batchId]);
    });

    it('are stored once when they are uploaded at once', async () => {
      const pool = (await create({ kind: 'coupon', name: 'A voucher', price: usd('500') })).id;
      const writings = ['RACE-a', 'race-A', 'Race-a', 'rAcE-A'];
      const answers = await Promise.all(writings.map((code) => add([code], true, pool)));
      expect(answers.map(({ added }) => added).sort()).toEqual([0, 0, 0, 1]);
    });
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
