import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { rawSql } from '../support/ledger.ts';
import { useResource } from '../support/resource.ts';
import { useStripeApi } from '../support/stripe-api.ts';
import { checkoutSession, stripeEvent } from '../support/stripe-events.ts';
import { startApi } from './harness.ts';
import { promoteElsewhere, promotingShop } from './promotions-harness.ts';

const stripe = useStripeApi();
const api = useResource({
  make: () => startApi({ stripeApiBase: stripe.base }),
  end: (started) => started.close(),
});
const shopWith = (settings: object = {}) => promotingShop(api, stripe, settings);
const HOUR_MS = 3_600_000;

describe('a friend’s discount', () => {
  it('is a promotion code that credits the member when a friend pays with it', async () => {
    const shop = await shopWith();
    const path = `/api/v1/members/${shop.memberId}/promotion-code`;
    const headers = { authorization: `Bearer ${shop.key}` };
    const answer = await api.send(path, { method: 'POST', headers });
    const promotionCodeId = 'promo_1';
    expect(JSON.parse(answer.text)).toEqual({ code: shop.code, promotionCodeId, coupon: 'FRIENDS' });
    expect(stripe.book.promotions).toMatchObject([
      { code: shop.code, firstOrder: true, active: true, metadata: shop.metadata },
    ]);
    const discounts = [{ coupon: null, promotion_code: promotionCodeId }];
    const checkout = checkoutSession('fd', { metadata: { member_id: 'pia' }, discounts });
    await shop.send(stripeEvent('checkout.session.completed', checkout));
    expect(await shop.events()).toMatchObject([
      { type: 'signup', subject: 'pia', code: shop.code },
      { type: 'purchase', subject: 'pia' },
    ]);
    const { rows, made } = await shop.recorded();
    expect([rows, made]).toEqual([[promotionCodeId], [promotionCodeId]]);
  });

  it('is made once by ten calls at once, and a repeat does not ask Stripe again', async () => {
    const shop = await shopWith();
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.promote()));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(shop.held()).toEqual([['promo_1', 'FRIENDS', true]]);
    const asked = stripe.asked.length;
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_1');
    expect(stripe.asked).toHaveLength(asked);
    expect((await shop.recorded()).made).toEqual(['promo_1']);
  });

  it('is made once by two processes that are asked at once', async () => {
    const shop = await shopWith();
    const [here, there] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => shop.promote())),
      promoteElsewhere(api, stripe, { ...shop, times: 5 }),
    ]);
    const ids = [...here.map(({ data }) => data), ...there.map((body) => JSON.parse(body))].map(
      ({ promotionCodeId }) => promotionCodeId,
    );
    expect(ids).toEqual(Array(10).fill('promo_1'));
    expect(shop.held()).toEqual([['promo_1', 'FRIENDS', true]]);
    expect(await shop.recorded()).toEqual({ rows: ['promo_1'], made: ['promo_1'] });
  });

  it('of a connected account is asked for there, and of any order where the program says so', async () => {
    const shop = await shopWith({ account: 'acct_1', friendFirstOrder: false });
    expect((await shop.promote()).status).toBe(200);
    expect(new Set(stripe.askedFor)).toEqual(new Set(['acct_1']));
    expect(stripe.book.promotions).toMatchObject([{ firstOrder: false }]);
  });

  it('is not credited to a slug that is named like the coupon of all', async () => {
    const shop = await shopWith({ friendCoupon: 'spring' });
    stripe.book.coupons.set('spring', { created: 0, valid: true });
    const { data: eve } = await shop.member({ externalId: 'eve' });
    await api.mutate('links.create', { memberId: eve.id, slug: 'spring' }, { key: shop.key });
    const { promotionCodeId } = (await shop.promote()).data;
    const discounts = [{ coupon: 'spring', promotion_code: promotionCodeId }];
    const checkout = checkoutSession('sl', { metadata: { member_id: 'pia' }, discounts });
    await shop.send(stripeEvent('checkout.session.completed', checkout));
    expect((await shop.events())[0]).toMatchObject({ type: 'signup', code: shop.code });
  });
});

describe('the settings of the discount', () => {
  it('are none for a source that was set before there was one, which goes on taking events', async () => {
    const shop = await shopWith({ friendCoupon: null });
    const { programId, key } = shop;
    await rawSql(
      api.database.ownerUrl,
      `UPDATE billing_sources SET settings = settings - 'friendCoupon' - 'friendFirstOrder'
       WHERE program_id = $1`,
      [programId],
    );
    const { data } = await api.query('billing.getStripe', undefined, { key });
    expect(data).toMatchObject({ friendCoupon: null, friendFirstOrder: true });
    const event = stripeEvent('checkout.session.completed', checkoutSession('old'));
    expect((await shop.send(event)).status).toBe(200);
    expect((await shop.promote()).code).toBe('coupon_missing');
  });
});

describe('a call that was cut short is taken up by the next', () => {
  it('when Stripe’s answer was lost', async () => {
    const shop = await shopWith();
    stripe.trip(2, 'after');
    expect(await shop.promote()).toMatchObject({ status: 503, code: 'provider_unavailable' });
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_1');
    expect(shop.held()).toHaveLength(1);
  });

  it('when it ended between Stripe’s answer and our record', async () => {
    const shop = await shopWith();
    const owner = api.database.ownerUrl;
    await rawSql(owner, 'REVOKE INSERT ON billing_promotions FROM referral_app');
    expect((await shop.promote()).status).toBe(500);
    await rawSql(owner, 'GRANT INSERT ON billing_promotions TO referral_app');
    expect(await shop.recorded()).toEqual({ rows: [], made: [] });
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_1');
    expect(shop.held()).toHaveLength(1);
    expect(await shop.recorded()).toEqual({ rows: ['promo_1'], made: ['promo_1'] });
  });

  it.each(['before', 'after'] as const)('at each request of a change, %s it took effect', async (fault) => {
    // The list, the coupon, the end of the earlier code, the new one.
    for (const at of [0, 1, 2, 3]) {
      for (const last of ['SPRING', 'FRIENDS']) {
        const shop = await shopWith();
        await shop.promote();
        await shop.set({ friendCoupon: 'SPRING' });
        stripe.trip(at, fault);
        expect(await shop.promote()).toMatchObject({ status: 503, code: 'provider_unavailable' });
        await shop.set({ friendCoupon: last });
        const { data } = await shop.promote();
        const active = shop.held().filter(([, , isActive]) => isActive);
        expect([at, active]).toEqual([at, [[data.promotionCodeId, last, true]]]);
        expect((await shop.recorded()).rows).toEqual([data.promotionCodeId]);
        expect((await shop.promote()).data).toEqual(data);
      }
    }
  });

  it('in the next hour at the latest, when Stripe keeps its error under the idempotency key', async () => {
    const shop = await shopWith();
    stripe.trip(2, 'kept');
    expect((await shop.promote()).code).toBe('provider_unavailable');
    api.advance(HOUR_MS);
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_1');
  });

  it('when another process makes the same at that moment, and within the call', async () => {
    const shop = await shopWith();
    stripe.trip(2, 'busy');
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_1');
    const other = await shopWith();
    for (const at of [2, 5, 8]) stripe.trip(at, 'busy');
    expect(await other.promote()).toMatchObject({ status: 503, code: 'provider_unavailable' });
    expect(stripe.asked).toHaveLength(9);
  });
});

describe('when the settings change', () => {
  it('the earlier code ends and another begins, there and back again', async () => {
    const shop = await shopWith();
    await shop.promote();
    await shop.set({ friendCoupon: 'SPRING' });
    expect((await shop.promote()).data).toMatchObject({ promotionCodeId: 'promo_2', coupon: 'SPRING' });
    await shop.set({ friendCoupon: 'FRIENDS' });
    expect((await shop.promote()).data).toMatchObject({ promotionCodeId: 'promo_3', coupon: 'FRIENDS' });
    await shop.set({ friendFirstOrder: false });
    expect((await shop.promote()).data).toMatchObject({ promotionCodeId: 'promo_4' });
    expect(shop.held()).toEqual([
      ['promo_4', 'FRIENDS', true],
      ['promo_3', 'FRIENDS', false],
      ['promo_2', 'SPRING', false],
      ['promo_1', 'FRIENDS', false],
    ]);
    const made = ['promo_1', 'promo_2', 'promo_3', 'promo_4'];
    expect(await shop.recorded()).toEqual({ rows: ['promo_4'], made });
  });

  it('to a coupon that is none, the earlier code stays good', async () => {
    const shop = await shopWith();
    await shop.promote();
    await shop.set({ friendCoupon: 'SUMMER' });
    expect(await shop.promote()).toMatchObject({ status: 422, code: 'coupon_unusable' });
    expect(shop.held()).toEqual([['promo_1', 'FRIENDS', true]]);
  });
});

describe('a promotion code that is at Stripe already', () => {
  it('and is ours is taken over', async () => {
    const shop = await shopWith();
    const { id } = shop.hold({ code: shop.code.toUpperCase(), metadata: shop.metadata });
    expect((await shop.promote()).data.promotionCodeId).toBe(id);
    expect(stripe.asked).toHaveLength(1);
  });

  it.each([
    ['somebody else’s', {}],
    ['another member’s', { metadata: { member_id: newId() } }],
  ])('and is %s is left alone, until it is switched off', async (_what, change) => {
    const shop = await shopWith();
    const other = shop.hold(change);
    expect(await shop.promote()).toMatchObject({ status: 409, code: 'code_taken' });
    expect(shop.held()).toEqual([[other.id, 'FRIENDS', true]]);
    other.active = false;
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_2');
  });

  it('and was switched off by hand stays off, which is seen within the hour', async () => {
    const shop = await shopWith();
    await shop.promote();
    const [made] = stripe.book.promotions;
    if (made !== undefined) made.active = false;
    api.advance(HOUR_MS);
    expect(await shop.promote()).toMatchObject({ status: 409, code: 'code_inactive' });
    if (made !== undefined) made.active = true;
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_1');
    if (made !== undefined) made.active = false;
    // A coupon cannot be changed, so it is deleted and made again, and its codes are gone.
    stripe.book.coupons.set('FRIENDS', { created: Math.floor(Date.now() / 1_000) + 1, valid: true });
    api.advance(HOUR_MS);
    expect((await shop.promote()).data.promotionCodeId).toBe('promo_2');
  });
});
