import { describe, expect, it } from 'vitest';
import { useResource } from '../support/resource.ts';
import { STRIPE_API_KEY, STRIPE_PAGE, useStripeApi } from '../support/stripe-api.ts';
import { checkoutSession, stripeEvent, subscriptionPayment } from '../support/stripe-events.ts';
import { stripeProgram } from './billing-harness.ts';
import { startApi } from './harness.ts';

const stripe = useStripeApi();
const api = useResource({
  make: () => startApi({ stripeApiBase: stripe.base }),
  end: (started) => started.close(),
});

/** A program that may ask Stripe, whose account has these events, the newest first. */
async function shopWith(events: readonly ReturnType<typeof stripeEvent>[], settings: object = {}) {
  stripe.answerWith(200);
  stripe.events.splice(0, stripe.events.length, ...events);
  stripe.asked.length = 0;
  stripe.askedFor.length = 0;
  const shop = await stripeProgram(api, { apiKey: STRIPE_API_KEY, ...settings });
  const catchUp = (input: object = {}) => api.mutate('billing.catchUp', input, { key: shop.key });
  return { ...shop, catchUp };
}

describe('catching up', () => {
  it('takes what was missed, page by page, and what came before changes nothing', async () => {
    const paid = Array.from({ length: STRIPE_PAGE + 2 }, (_, at) =>
      stripeEvent('invoice.paid', subscriptionPayment(`page${at}`, 'bob').paid),
    );
    const shop = await shopWith(paid);
    await shop.send(paid[0] ?? {});
    const first = await shop.catchUp();
    expect(first.data).toEqual({ fetched: 4, recorded: 3, refused: [], nextCursor: paid[3]?.id });
    const second = await shop.catchUp({ cursor: first.data.nextCursor });
    expect(second.data).toEqual({ fetched: 2, recorded: 2, refused: [], nextCursor: null });
    expect((await shop.catchUp()).data).toMatchObject({ fetched: 4, recorded: 0 });
    expect(await shop.events()).toHaveLength(6);
  });

  it('takes events of weeks ago, and none before the time that is asked for', async () => {
    const day_s = 86_400;
    const at = (days: number) => ({ created: Math.floor(Date.now() / 1_000) - days * day_s });
    const [late, early] = [subscriptionPayment('late', 'bob'), subscriptionPayment('early', 'bob')];
    const shop = await shopWith([
      stripeEvent('invoice.paid', late.paid, at(10)),
      stripeEvent('invoice.paid', early.paid, at(29)),
    ]);
    const from = new Date(Date.now() - 20 * day_s * 1_000).toISOString();
    expect((await shop.catchUp({ from })).data).toMatchObject({ fetched: 1, recorded: 1 });
    expect((await shop.catchUp()).data).toMatchObject({ fetched: 2, recorded: 1 });
    expect((await shop.events()).map(({ key }) => key)).toEqual([
      'stripe:invoice:in_late',
      'stripe:invoice:in_early',
    ]);
  });

  it('names what is refused, and takes the others', async () => {
    const [bad, good] = [subscriptionPayment('bad', 'bob'), subscriptionPayment('good', 'bob')];
    const other = stripeEvent('invoice.paid', bad.paid, { api_version: '2020-08-27' });
    const shop = await shopWith([other, stripeEvent('invoice.paid', good.paid)]);
    expect((await shop.catchUp()).data).toMatchObject({
      fetched: 2,
      recorded: 1,
      refused: [{ id: other.id, code: 'version_wrong' }],
    });
  });

  it.each([
    ['without a key', { apiKey: undefined }, 200, 'provider_refused'],
    ['with a key that Stripe does not take', { apiKey: 'rk_test_other' }, 200, 'provider_refused'],
    ['while Stripe is away', {}, 500, 'provider_unavailable'],
  ])('%s is refused, with nothing of Stripe’s words', async (_what, settings, status, code) => {
    const shop = await shopWith([], settings);
    stripe.answerWith(status);
    const answer = await shop.catchUp();
    expect(answer.code).toBe(code);
    expect(answer.text).not.toMatch(/rk_test|Ann/);
  });
});

describe('a payment intent', () => {
  it('is a purchase of its own only where no invoice is behind it', async () => {
    const shop = await shopWith([], { paymentIntents: true });
    const [alone, billed] = [subscriptionPayment('alone', 'bob'), subscriptionPayment('billed', 'bob')];
    stripe.invoices.set(billed.intent, billed.invoice);
    const metadata = { member_id: 'bob' };
    const succeeded = ({ succeeded: intent }: typeof alone) =>
      stripeEvent('payment_intent.succeeded', { ...intent, metadata });
    await shop.send(succeeded(alone));
    await shop.send(succeeded(billed));
    await shop.send(stripeEvent('refund.created', billed.refund('r', 500)));
    await shop.send(stripeEvent('invoice.paid', billed.paid));
    expect((await shop.events()).map(({ key }) => key)).toEqual([
      'stripe:payment:pi_alone',
      'stripe:invoice:in_billed',
      'stripe:refund:re_billed_r',
    ]);
  });

  it('waits at Stripe’s while Stripe cannot be asked', async () => {
    const shop = await shopWith([], { paymentIntents: true });
    const before = await api.counts();
    stripe.answerWith(503);
    const event = stripeEvent('payment_intent.succeeded', subscriptionPayment('z', 'bob').succeeded);
    expect(await shop.send(event)).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect(await api.counts()).toEqual(before);
  });

  it('is left to its invoice, and Stripe is not asked, unless the program counts them', async () => {
    const shop = await shopWith([]);
    const event = stripeEvent('payment_intent.succeeded', subscriptionPayment('y', 'bob').succeeded);
    expect((await shop.send(event)).body).toMatchObject({ result: 'ignored', reason: 'intents_off' });
    expect(stripe.asked).toEqual([]);
  });
});

it('a promotion code that is a referral code is looked up, and makes a signup', async () => {
  const shop = await shopWith([], { attributeCodes: true });
  const code = (await shop.member({ externalId: 'ada' })).data.referralCode;
  stripe.codes.set('promo_1', code.toUpperCase());
  const checkout = checkoutSession('pc', {
    metadata: { member_id: 'pia' },
    discounts: [{ coupon: 'FRIENDS', promotion_code: 'promo_1' }],
  });
  await shop.send(stripeEvent('checkout.session.completed', checkout));
  expect((await shop.events()).map(({ type }) => type)).toEqual(['signup', 'purchase']);
});

it('what only Stripe can say of a connected account’s event is asked for that account', async () => {
  const shop = await shopWith([], { account: 'acct_1', attributeCodes: true, paymentIntents: true });
  const code = (await shop.member({ externalId: 'ada' })).data.referralCode;
  stripe.codes.set('promo_2', code);
  const discounts = [{ coupon: null, promotion_code: 'promo_2' }];
  const checkout = checkoutSession('ca', { metadata: { member_id: 'pia' }, discounts });
  const { succeeded } = subscriptionPayment('ca', 'pia');
  await shop.send(stripeEvent('checkout.session.completed', checkout, { account: 'acct_1' }));
  await shop.send(stripeEvent('payment_intent.succeeded', succeeded, { account: 'acct_1' }));
  await shop.catchUp();
  expect(stripe.asked).toHaveLength(3);
  expect(stripe.askedFor).toEqual(['acct_1', 'acct_1', 'acct_1']);
  expect((await shop.events()).map(({ type }) => type)).toContain('signup');
});
