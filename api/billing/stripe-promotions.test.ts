import { expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { NO_STRIPE_MOCK, useStripeMock } from '../../tests/support/stripe-mock.ts';
import { couponMadeAt, endPromotion, listPromotions, makePromotion } from './stripe-promotions.ts';

const mock = useStripeMock();

test('stripe-mock takes every request about promotion codes, and its answers are read', async ({ skip }) => {
  if (mock.base === null) return skip(NO_STRIPE_MOCK);
  const at = { lookup: { apiKey: 'rk_test_123', base: mock.base }, account: 'acct_1' };
  const wanted = { programId: newId(), memberId: newId(), coupon: 'friends-20', firstOrder: true };
  const now_ms = Date.now();
  const made = await makePromotion(at, { ...wanted, code: 'k7m2xq9', after: null, now_ms });
  expect(made).toMatchObject({ id: expect.stringMatching(/^promo_/) });
  const [listed] = await listPromotions(at, 'k7m2xq9');
  expect(listed).toMatchObject({
    id: expect.stringMatching(/^promo_/),
    isActive: false,
    coupon: null,
    firstOrder: false,
    created_at_ms: expect.any(Number),
    metadata: expect.any(Object),
  });
  await endPromotion(at, listed?.id ?? '');
  expect(await couponMadeAt(at, wanted.coupon)).toEqual(expect.any(Number));
});
