import { describe, expect, it } from 'vitest';
import {
  SIGNING_SECRET,
  STRIPE_VERSION,
  stripeEvent,
  stripeSignature,
  subscriptionPayment,
} from '../support/stripe-events.ts';
import { STRIPE_SOURCE, stripeProgram } from './billing-harness.ts';
import { useApi } from './harness.ts';

const api = useApi();

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

  it.each(['', 't=1,v1=', 't=1,v1', 'v1=a', `t=1,v1=${'é'.repeat(64)}`, '='])(
    'a header that no signer makes: %s',
    async (header) => {
      const shop = await stripeProgram(api);
      expect(await shop.post(JSON.stringify(event()), header)).toMatchObject({
        status: 401,
        body: { code: 'signature_invalid' },
      });
    },
  );

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
    await api.mutate('billing.setStripe', { ...STRIPE_SOURCE, livemode: true }, { key: draft.key });
    const shop = await stripeProgram(api);
    const payload = JSON.stringify({ ...event(), livemode: true });
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
    const headers = { authorization: `Bearer ${shop.key}` };
    const removed = await api.send('/api/v1/billing/stripe', { method: 'DELETE', headers });
    expect(JSON.parse(removed.text)).toEqual({ removed: true });
    expect((await shop.post(payload, stripeSignature(payload, next))).status).toBe(401);
    expect((await api.query('billing.getStripe', undefined, options)).code).toBe('not_found');
  });

  it.each([
    ['no secret at first', { signingSecrets: undefined }, 'signingSecrets'],
    ['a key of the other mode', { apiKey: 'rk_live_1' }, 'apiKey'],
    ['live payments, for a test program', { livemode: true }, 'livemode'],
    ['payment intents without a key', { paymentIntents: true }, 'apiKey'],
    ['a friend’s coupon without a key', { friendCoupon: 'F', attributeCodes: true }, 'apiKey'],
    ['a friend’s coupon that credits nobody', { friendCoupon: 'F', apiKey: 'rk_test_1' }, 'friendCoupon'],
    ['what is no coupon’s id', { friendCoupon: '../customers' }, 'friendCoupon'],
    ['a third secret', { signingSecrets: [1, 2, 3].map((n) => `${SIGNING_SECRET}${n}`) }, 'signingSecrets'],
    ['no version', { apiVersions: [] }, 'apiVersions'],
  ])('are refused with %s', async (_what, change, path) => {
    const { key } = await api.testProgram();
    const answer = await api.mutate('billing.setStripe', { ...STRIPE_SOURCE, ...change }, { key });
    expect(answer.code).toBe('input_invalid');
    expect(answer.text).toContain(`"path":"${path}`);
    expect((await api.query('billing.getStripe', undefined, { key })).code).toBe('not_found');
  });

  it('are refused with test payments for a live program, where they would earn real rewards', async () => {
    const answer = await api.mutate('billing.setStripe', STRIPE_SOURCE);
    expect([answer.code, answer.text]).toEqual([
      'input_invalid',
      expect.stringContaining('"path":"livemode"'),
    ]);
  });
});
