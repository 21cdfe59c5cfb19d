import { describe, expect, it } from 'vitest';
import {
  checkoutSession,
  SIGNING_SECRET,
  STRIPE_VERSION,
  stripeEvent,
  stripeSignature,
  subscriptionPayment,
} from '../support/stripe-events.ts';
import { STRIPE_SOURCE, stripeProgram } from './billing-harness.ts';
import { useApi } from './harness.ts';

const api = useApi();

describe('a signed event of Stripe’s', () => {
  it('about a paid invoice becomes one purchase, however often it comes, and at once too', async () => {
    const shop = await stripeProgram(api);
    const { paid } = subscriptionPayment('1', 'bob');
    const event = stripeEvent('invoice.paid', paid);
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.send(event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.filter(({ body }) => body.result === 'recorded')).toHaveLength(1);
    expect((await shop.send(stripeEvent('invoice.payment_succeeded', paid))).body).toEqual({
      received: true,
      result: 'ignored',
      reason: 'already_recorded',
      events: [],
    });
    expect(await shop.events()).toEqual([
      { type: 'purchase', key: 'stripe:invoice:in_1', subject: 'bob', value: '11900 EUR' },
    ]);
    expect(await shop.list({ result: 'recorded' })).toMatchObject([
      { deliveryId: event.id, type: 'invoice.paid', reason: null, events: ['stripe:invoice:in_1'] },
    ]);
  });

  it('in any order makes one purchase, and refunds that add up to it', async () => {
    const all = (name: string) => {
      const payment = subscriptionPayment(name, 'bob');
      return [
        stripeEvent('invoice.paid', payment.paid),
        stripeEvent('invoice_payment.paid', payment.linked),
        stripeEvent('refund.created', payment.refund('a', 5_000)),
        stripeEvent('charge.refunded', payment.chargeRefunded),
        stripeEvent('refund.updated', payment.refund('b', 6_900)),
        stripeEvent('credit_note.created', payment.creditNote({ refunded: 6_900, otherwise: 0 })),
      ];
    };
    const shop = await stripeProgram(api, { amounts: 'net_of_tax' });
    for (const event of [...all('f'), ...all('r').reverse(), ...all('f'), ...all('r')]) {
      expect((await shop.send(event)).status).toBe(200);
    }
    const events = await shop.events();
    for (const name of ['f', 'r']) {
      const key = `stripe:invoice:in_${name}`;
      const own = events.filter((event) => event.key === key || event.refundOf === key);
      expect(own).toHaveLength(3);
      expect(own[0]).toMatchObject({ type: 'purchase', value: '10000 EUR' });
      expect(own.slice(1).reduce((sum, { value = '' }) => sum + Number.parseInt(value, 10), 0)).toBe(10_000);
    }
  });

  it('about a lost dispute takes back what was disputed; one that is won, open or an inquiry takes nothing', async () => {
    const shop = await stripeProgram(api);
    const { paid, linked, dispute } = subscriptionPayment('d', 'bob');
    await shop.send(stripeEvent('invoice.paid', paid));
    await shop.send(stripeEvent('invoice_payment.paid', linked));
    for (const status of ['won', 'warning_closed', 'under_review', 'prevented']) {
      expect((await shop.send(stripeEvent('charge.dispute.closed', dispute(status)))).body).toMatchObject({
        reason: 'dispute_not_lost',
      });
    }
    expect(
      (await shop.send(stripeEvent('charge.dispute.funds_withdrawn', dispute('lost')))).body,
    ).toMatchObject({
      reason: 'type_unused',
    });
    await shop.send(stripeEvent('charge.dispute.closed', dispute('lost', 4_000)));
    await shop.send(stripeEvent('charge.dispute.closed', dispute('lost', 4_000)));
    expect((await shop.events()).slice(1)).toEqual([
      {
        type: 'refund',
        key: 'stripe:dispute:dp_d',
        subject: 'bob',
        refundOf: 'stripe:invoice:in_d',
        value: '4000 EUR',
      },
    ]);
  });

  it('about a credit note to the balance takes back what no refund gives back', async () => {
    const shop = await stripeProgram(api);
    const { paid, creditNote } = subscriptionPayment('c', 'bob');
    await shop.send(stripeEvent('credit_note.created', creditNote({ refunded: 2_000, otherwise: 900 })));
    await shop.send(stripeEvent('invoice.paid', paid));
    expect((await shop.events()).map(({ key, value }) => [key, value])).toEqual([
      ['stripe:invoice:in_c', '11900 EUR'],
      ['stripe:credit_note:cn_c', '900 EUR'],
    ]);
  });

  it('about a refund that has not succeeded takes nothing yet', async () => {
    const shop = await stripeProgram(api);
    const { paid, linked, refund } = subscriptionPayment('p', 'bob');
    await shop.send(stripeEvent('invoice.paid', paid));
    await shop.send(stripeEvent('invoice_payment.paid', linked));
    expect((await shop.send(stripeEvent('refund.created', refund('x', 100, 'pending')))).body.reason).toBe(
      'refund_open',
    );
    expect((await shop.send(stripeEvent('refund.updated', refund('x', 100)))).body.events).toEqual([
      'stripe:refund:re_p_x',
    ]);
  });

  it('about the end of a subscription becomes an action, without what the customer wrote', async () => {
    const shop = await stripeProgram(api);
    await shop.send(stripeEvent('customer.subscription.deleted', subscriptionPayment('s', 'bob').ended));
    expect(await shop.events()).toEqual([
      { type: 'subscription_ended', key: 'stripe:subscription:sub_s:ended', subject: 'bob' },
    ]);
    const stored = await api.db.event.findFirstOrThrow({ where: { programId: shop.programId } });
    expect(stored.payload).toEqual({
      properties: { subscription: 'sub_s', reason: 'cancellation_requested' },
    });
  });
});

describe('whom a payment is of', () => {
  it('the customer on record says, where a renewal names nobody', async () => {
    const shop = await stripeProgram(api);
    const { paid } = subscriptionPayment('n', null);
    expect((await shop.send(stripeEvent('invoice.paid', paid))).body.reason).toBe('no_member');
    const customer = { id: 'cus_n', object: 'customer', email: null, metadata: { member_id: 'nia' } };
    await shop.send(stripeEvent('customer.created', customer));
    await shop.send(stripeEvent('invoice.paid', paid));
    expect(await shop.events()).toMatchObject([{ key: 'stripe:invoice:in_n', subject: 'nia' }]);
  });

  it('an e-mail address says, when exactly one member has it', async () => {
    const shop = await stripeProgram(api);
    await shop.member({ externalId: 'one', email: 'e1@shop.example' });
    await shop.member({ externalId: 'two', email: 'e2@shop.example' });
    await shop.member({ externalId: 'three', email: 'e2@shop.example' });
    const pay = (name: string) => stripeEvent('invoice.paid', subscriptionPayment(name, null).paid);
    expect((await shop.send(pay('e1'))).body.result).toBe('recorded');
    expect((await shop.send(pay('e2'))).body.reason).toBe('no_member');
    expect((await shop.events()).map(({ subject }) => subject)).toEqual(['one']);
  });

  it('a checkout’s reference says only where the program wants it to', async () => {
    const checkout = checkoutSession('k', { client_reference_id: 'kim' });
    const careful = await stripeProgram(api);
    expect((await careful.send(stripeEvent('checkout.session.completed', checkout))).body.reason).toBe(
      'no_member',
    );
    const open = await stripeProgram(api, { matchReference: true });
    await open.send(stripeEvent('checkout.session.completed', checkout));
    expect(await open.events()).toEqual([
      { type: 'purchase', key: 'stripe:payment:pi_k', subject: 'kim', value: '5000 EUR' },
    ]);
  });
});

describe('a checkout', () => {
  it('and the invoice that it made are one purchase, whichever comes first', async () => {
    const shop = await stripeProgram(api);
    const { paid, invoice } = subscriptionPayment('m', 'mia');
    const change = { invoice, payment_intent: null, amount_total: 11_900, metadata: { member_id: 'mia' } };
    const completed = stripeEvent('checkout.session.completed', checkoutSession('m', change));
    await shop.send(completed);
    await shop.send(stripeEvent('invoice.paid', paid));
    await shop.send(completed);
    expect((await shop.events()).map(({ key }) => key)).toEqual(['stripe:invoice:in_m']);
  });

  it('of a new member with a referral code as its coupon is their signup, then their purchase', async () => {
    const shop = await stripeProgram(api, { attributeCodes: true, amounts: 'net_of_tax_and_shipping' });
    const code = (await shop.member({ externalId: 'ada' })).data.referralCode;
    const checkout = checkoutSession('w', {
      metadata: { member_id: 'wim' },
      discounts: [{ coupon: code.toUpperCase(), promotion_code: null }],
    });
    await shop.send(stripeEvent('checkout.session.completed', checkout));
    await shop.send(stripeEvent('checkout.session.completed', checkout));
    const events = await shop.events();
    expect(events.map(({ type }) => type)).toEqual(['signup', 'purchase']);
    expect(events[0]).toMatchObject({ subject: 'wim', code });
    expect(events[1]).toMatchObject({ subject: 'wim', value: '4500 EUR' });
  });
});

describe('what is refused changes nothing, and says what to do', () => {
  const event = () => stripeEvent('invoice.paid', subscriptionPayment('x', 'bob').paid);

  it.each([
    ['no signature', null, 401, 'signature_invalid'],
    ['a signature of another secret', 'whsec_c29tZWJvZHllbHNlc3NlY3JldA', 401, 'signature_invalid'],
  ])('%s', async (_what, secret, status, code) => {
    const shop = await stripeProgram(api);
    const before = await api.counts();
    const payload = JSON.stringify(event());
    const answer = await shop.post(payload, secret === null ? null : stripeSignature(payload, secret));
    expect(answer).toMatchObject({ status, body: { code, status, detail: expect.stringMatching(/secret/) } });
    expect(await api.counts()).toEqual(before);
  });

  it('a body that was changed on the way, or another program’s', async () => {
    const [shop, other] = [await stripeProgram(api), await api.program()];
    const payload = JSON.stringify(event());
    const signature = stripeSignature(payload);
    const answers = [
      await shop.post(payload.replace('11900', '99900'), signature),
      await shop.post(payload, signature, other.programId),
      await shop.post(payload, signature, '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'),
      await shop.post(payload, signature, 'nonsense'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    // Nobody learns which programs there are.
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  });

  it('a signature of more than five minutes ago', async () => {
    const shop = await stripeProgram(api);
    const payload = JSON.stringify(event());
    const answer = await shop.post(payload, stripeSignature(payload, SIGNING_SECRET, Date.now() - 301_000));
    expect(answer).toMatchObject({ status: 400, body: { code: 'event_too_old' } });
  });

  it.each([
    ['of the other mode', { livemode: true }, 'mode_wrong', 'livemode'],
    ['of another account', { account: 'acct_1' }, 'account_wrong', 'account'],
    ['of another version', { api_version: '2020-08-27' }, 'version_wrong', 'apiVersions'],
    ['of no version', { api_version: null }, 'version_wrong', 'apiVersions'],
  ])('an event %s', async (_what, change, code, setting) => {
    const shop = await stripeProgram(api);
    const before = await api.counts();
    const answer = await shop.send({ ...event(), ...change });
    expect(answer).toMatchObject({
      status: 422,
      body: { code, detail: expect.stringContaining(`\`${setting}\``) },
    });
    expect(await api.counts()).toEqual(before);
  });

  it('an event whose object has another form, by the place that is wrong', async () => {
    const shop = await stripeProgram(api);
    const answer = await shop.send(stripeEvent('invoice.paid', { id: 'in_1', currency: 'eur' }));
    expect(answer.status).toBe(400);
    expect(answer.body.issues.map(({ path }: { path: string }) => path)).toContain('data.object.amount_paid');
  });

  it('a body above 512 KB, and what is not JSON', async () => {
    const shop = await stripeProgram(api);
    expect(await shop.post('x'.repeat(524_289))).toMatchObject({
      status: 413,
      body: { detail: 'A body has at most 524288 bytes.' },
    });
    expect(await shop.post('not json')).toMatchObject({ status: 400, body: { code: 'json_invalid' } });
    expect(await shop.post('')).toMatchObject({ status: 400, body: { code: 'json_invalid' } });
  });

  it('every event to a draft; Stripe sends it again', async () => {
    const draft = await api.program({ draft: true });
    await api.mutate('billing.setStripe', STRIPE_SOURCE, { key: draft.key });
    const shop = await stripeProgram(api);
    const payload = JSON.stringify(event());
    expect(await shop.post(payload, stripeSignature(payload), draft.programId)).toMatchObject({
      status: 409,
      body: { code: 'program_not_live' },
    });
  });
});

describe('the settings', () => {
  it('are shown without secrets, take two while one is rolled, and are forgotten on demand', async () => {
    const shop = await stripeProgram(api, { apiKey: 'rk_test_123' });
    const options = { key: shop.key };
    const next = 'whsec_bmV4dHNlY3JldA==';
    await api.mutate(
      'billing.setStripe',
      { ...STRIPE_SOURCE, signingSecrets: [SIGNING_SECRET, next] },
      options,
    );
    const payload = JSON.stringify(stripeEvent('customer.updated', { id: 'cus_1' }));
    expect((await shop.post(payload, stripeSignature(payload, next))).status).toBe(200);
    const shown = await api.query('billing.getStripe', undefined, options);
    expect(shown.data).toMatchObject({
      secrets: 2,
      hasApiKey: true,
      livemode: false,
      apiVersions: [STRIPE_VERSION],
      address: `http://localhost:3000/in/stripe/${shop.programId}`,
    });
    expect(shown.text).not.toMatch(/whsec_|rk_test/);
    const [row] = await api.db.billingSource.findMany({ where: { programId: shop.programId } });
    expect(JSON.stringify(row)).not.toMatch(/whsec_|rk_test/);
    await api.mutate('billing.remove', { provider: 'stripe' }, options);
    expect((await shop.post(payload, stripeSignature(payload, next))).status).toBe(401);
    expect((await api.query('billing.getStripe', undefined, options)).code).toBe('not_found');
  });

  it.each([
    ['no secret at first', { signingSecrets: undefined }, 'signingSecrets'],
    ['a key of the other mode', { apiKey: 'rk_live_1' }, 'apiKey'],
    ['payment intents without a key', { paymentIntents: true }, 'apiKey'],
    ['a third secret', { signingSecrets: [1, 2, 3].map((n) => `${SIGNING_SECRET}${n}`) }, 'signingSecrets'],
    ['no version', { apiVersions: [] }, 'apiVersions'],
  ])('are refused with %s', async (_what, change, path) => {
    const { key } = await api.program();
    const answer = await api.mutate('billing.setStripe', { ...STRIPE_SOURCE, ...change }, { key });
    expect(answer.code).toBe('input_invalid');
    expect(answer.text).toContain(`"path":"${path}`);
    expect((await api.query('billing.getStripe', undefined, { key })).code).toBe('not_found');
  });
});
