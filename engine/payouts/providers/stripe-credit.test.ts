import { expect, test } from 'vitest';
import { newId } from '../../../platform/ids.ts';
import { useDatabase } from '../../../tests/support/database.ts';
import { json, usePayoutHost } from '../../../tests/support/payout-host.ts';
import { seedMember, seedProgram, TEST_PAYOUTS, usd } from '../../../tests/support/seed.ts';
import { NO_STRIPE_MOCK, useStripeMock } from '../../../tests/support/stripe-mock.ts';
import { setSource } from '../../billing/source.ts';
import { stripeCredit } from './stripe-credit.ts';

const database = useDatabase();
const host = usePayoutHost();
const mock = useStripeMock();

/** A member whom billing knows as these customers, and what they are to be paid. */
async function owed(customers: readonly string[], { apiKey = 'sk_test_123', certain = true } = {}) {
  const { db } = database;
  const programId = await seedProgram(db);
  const externalId = 'bob';
  const { id: memberId } = await seedMember(db, programId, externalId);
  await db.billingCustomer.createMany({
    data: customers.map((customerId) => ({
      programId,
      provider: 'stripe' as const,
      customerId,
      subject: externalId,
      certain,
    })),
  });
  const change = { settings: { account: 'acct_1' }, secrets: ['whsec_1'], apiKey, now: new Date() };
  await setSource(db, { programId, provider: 'stripe' }, TEST_PAYOUTS.ring, change);
  const payout = {
    programId,
    redemptionId: newId(),
    memberId,
    itemId: null,
    amount: usd(1_250n),
    destination: null,
    first_asked_at_ms: null,
  };
  const pay = (base: string, wanted: object = {}) =>
    stripeCredit({ db, payouts: { ...TEST_PAYOUTS, stripeBase: base } }, { ...payout, ...wanted });
  return { payout, pay, here: () => new URL(host.url).origin };
}

test('the customer’s balance is credited once, below zero, under the redemption’s id', async () => {
  host.reply(json(200, { id: 'cbtxn_1', object: 'customer_balance_transaction' }));
  const { payout, pay, here } = await owed(['cus_1']);
  expect(await pay(here())).toEqual({ result: 'paid', ref: 'cbtxn_1' });
  expect(host.calls).toHaveLength(1);
  expect(host.calls[0]?.headers).toMatchObject({
    'idempotency-key': payout.redemptionId,
    'stripe-account': 'acct_1',
  });
  expect(Object.fromEntries(new URLSearchParams(host.calls[0]?.body))).toMatchObject({
    amount: '-1250',
    currency: 'usd',
    'metadata[redemption_id]': payout.redemptionId,
  });
});

test('stripe-mock, which has the form of Stripe’s API, takes it', async ({ skip }) => {
  const { pay } = await owed(['cus_1']);
  expect(await pay(mock.base ?? skip(NO_STRIPE_MOCK))).toMatchObject({ result: 'paid' });
});

test.each([
  ['no customer', [], {}],
  ['two customers', ['cus_1', 'cus_2'], {}],
  ['a customer whom only a checkout’s reference named', ['cus_1'], { certain: false }],
])('with %s an operator pays, and Stripe is not asked', async (_what, customers, options) => {
  host.reply(json(200, { id: 'cbtxn_1' }));
  const { pay, here } = await owed(customers, options);
  expect(await pay(here())).toMatchObject({ result: 'operator' });
  expect(host.calls).toHaveLength(0);
});

test.each([
  ['points are refused', { amount: { minor: 5n, unit: 'PTS' } }, 'refused'],
  ['what was asked a day ago is for an operator', { first_asked_at_ms: Date.now() - 86_400_000 }, 'operator'],
])('%s', async (_what, wanted, result) => {
  const { pay, here } = await owed(['cus_1']);
  expect(await pay(here(), wanted)).toMatchObject({ result });
});

test('an error of Stripe’s own is no answer: it is asked again', async () => {
  host.reply(json(500, { error: { type: 'api_error' } }));
  const { pay, here } = await owed(['cus_1']);
  await expect(pay(here())).rejects.toMatchObject({ name: 'NoAnswer' });
});
