import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useResource } from '../support/resource.ts';
import { useStripeApi } from '../support/stripe-api.ts';
import { startApi } from './harness.ts';
import { promotingShop } from './promotions-harness.ts';

const stripe = useStripeApi();
const api = useResource({
  make: () => startApi({ stripeApiBase: stripe.base }),
  end: (started) => started.close(),
});
const shopWith = (settings: object = {}) => promotingShop(api, stripe, settings);

describe('a friend’s discount that is refused makes nothing', () => {
  it.each([
    ['a coupon that is over', {}, 200, 422, 'coupon_unusable'],
    ['a program without a coupon', { friendCoupon: null }, 200, 409, 'coupon_missing'],
    ['a key that Stripe does not take', { apiKey: 'rk_test_other' }, 200, 422, 'provider_refused'],
    ['too many requests', {}, 429, 503, 'provider_unavailable'],
    ['an error of Stripe’s', {}, 500, 503, 'provider_unavailable'],
  ])('%s', async (_what, settings, answer, status, code) => {
    const shop = await shopWith(settings);
    stripe.answerWith(answer);
    stripe.book.coupons.set('FRIENDS', { created: 0, valid: false });
    const said = await shop.promote();
    expect(said).toMatchObject({ status, code });
    expect(said.text).not.toMatch(/rk_test|Ann/);
    expect(shop.held()).toEqual([]);
    expect(await shop.recorded()).toEqual({ rows: [], made: [] });
  });

  it('what Stripe will not make for a reason of its own, after three looks', async () => {
    const shop = await shopWith();
    for (const at of [2, 5, 8]) stripe.trip(at, 'refused');
    expect(await shop.promote()).toMatchObject({ status: 422, code: 'provider_refused' });
    expect(stripe.asked).toHaveLength(9);
  });

  it('for no member, without Stripe, by a link that is off, and once the program is over', async () => {
    const shop = await shopWith();
    expect(await shop.promote(newId())).toMatchObject({ status: 404, code: 'member_unknown' });
    const member = await api.member('bob');
    const input = { memberId: member.id };
    expect((await api.mutate('billing.promotionCode', input)).code).toBe('not_found');
    const { key, programId } = shop;
    await api.mutate('programs.end', undefined, { key });
    expect(await shop.promote()).toMatchObject({ status: 409, code: 'program_ended' });
    const next = await shopWith();
    const where = { programId: next.programId, code: next.code };
    const link = await api.db.link.findFirstOrThrow({ where });
    await api.mutate('links.disable', { id: link.id }, { key: next.key });
    expect(await next.promote()).toMatchObject({ status: 422, code: 'link_inactive' });
    expect(await api.db.billingPromotion.count({ where: { programId } })).toBe(0);
    expect(stripe.asked).toEqual([]);
  });
});
