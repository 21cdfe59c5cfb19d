import { describe, expect, it } from 'vitest';
import { lockPayments } from '../../engine/billing/payments.ts';
import { checkoutSession, stripeEvent, subscriptionPayment } from '../support/stripe-events.ts';
import { type StripeAnswer, stripeProgram } from './billing-harness.ts';
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

  it('waits for another process that takes one of the same program', async () => {
    const shop = await stripeProgram(api);
    const { paid } = subscriptionPayment('wait', 'bob');
    let answer: Promise<StripeAnswer> | null = null;
    await api.db.$transaction(async (tx) => {
      await lockPayments(tx, { programId: shop.programId, provider: 'stripe' });
      answer = shop.send(stripeEvent('invoice.paid', paid));
      const waiting = () => api.db.$queryRaw`
        SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
        WHERE locktype = 'advisory' AND NOT granted`;
      await expect.poll(waiting).toHaveLength(1);
      expect(await shop.events()).toEqual([]);
    });
    expect(await answer).toMatchObject({ body: { result: 'recorded' } });
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

  it('about a lost dispute takes back what was disputed; no other dispute takes anything', async () => {
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

  it('about what is taken back again gives it back, once, by a refund of the refund', async () => {
    const shop = await stripeProgram(api);
    const { paid, linked, dispute, refund, creditNote } = subscriptionPayment('w', 'bob');
    await shop.send(stripeEvent('invoice.paid', paid));
    await shop.send(stripeEvent('invoice_payment.paid', linked));
    await shop.send(stripeEvent('charge.dispute.closed', dispute('lost', 4_000)));
    await shop.send(stripeEvent('refund.created', refund('x', 100)));
    await shop.send(stripeEvent('credit_note.created', creditNote({ refunded: 0, otherwise: 900 })));
    await shop.send(stripeEvent('charge.dispute.funds_reinstated', dispute('won', 4_000)));
    await shop.send(stripeEvent('charge.dispute.closed', dispute('won', 4_000)));
    await shop.send(stripeEvent('refund.failed', refund('x', 100, 'failed')));
    await shop.send(stripeEvent('refund.updated', refund('x', 100, 'failed')));
    await shop.send(stripeEvent('credit_note.voided', creditNote({ refunded: 0, otherwise: 900 })));
    const back = ['stripe:dispute:dp_w', 'stripe:refund:re_w_x', 'stripe:credit_note:cn_w'];
    expect((await shop.events()).slice(4)).toEqual(
      back.map((refundOf) => ({
        type: 'refund',
        key: `${refundOf}:reinstated`,
        subject: 'bob',
        refundOf,
      })),
    );
  });

  it('about a refund that failed is not undone by an older event that says it succeeded', async () => {
    const shop = await stripeProgram(api);
    const { paid, linked, refund } = subscriptionPayment('f', 'bob');
    await shop.send(stripeEvent('invoice.paid', paid));
    await shop.send(stripeEvent('invoice_payment.paid', linked));
    const failed = await shop.send(stripeEvent('refund.updated', refund('x', 100, 'failed')));
    expect(failed.body.reason).toBe('refund_open');
    const older = await shop.send(stripeEvent('refund.created', refund('x', 100)));
    expect(older.body.reason).toBe('already_recorded');
    expect(await shop.events()).toHaveLength(1);
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
