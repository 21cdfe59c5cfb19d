import { describe, expect, test } from 'vitest';
import { newId } from '../../../platform/ids.ts';
import type { Database } from '../../../prisma/client.ts';
import { useDatabase } from '../../../tests/support/database.ts';
import { json, usePayoutHost } from '../../../tests/support/payout-host.ts';
import { useResource } from '../../../tests/support/resource.ts';
import { seedProgram, TEST_PAYOUTS, usd } from '../../../tests/support/seed.ts';
import { NO_STRIPE_MOCK, useStripeMock } from '../../../tests/support/stripe-mock.ts';
import { stripe } from './stripe.ts';

const deps = (base: string, apiKey = 'sk_test_123') => ({
  // A test key is good for any program: nothing is read from the database.
  db: null as unknown as Database,
  payouts: { ...TEST_PAYOUTS, stripe: { apiKey, base } },
});

const payout = (change: object = {}) => ({
  programId: newId(),
  redemptionId: newId(),
  memberId: newId(),
  itemId: null,
  amount: usd(1_250n),
  destination: { account: 'acct_1032D82eZvKYlo2C' },
  first_asked_at_ms: null,
  ...change,
});

describe('against stripe-mock', () => {
  const mock = useStripeMock();
  const base = (skip: (note: string) => never) => mock.base ?? skip(NO_STRIPE_MOCK);

  test('a transfer is made, and its id is the reference', async ({ skip }) => {
    const answer = await stripe(deps(base(skip)), payout());
    expect(answer).toMatchObject({ result: 'paid', ref: expect.stringMatching(/^tr_/) });
  });

  test('a key that Stripe would not take is no answer about the payment', async ({ skip }) => {
    await expect(stripe(deps(base(skip), 'nonsense'), payout())).rejects.toMatchObject({ name: 'NoAnswer' });
  });
});

describe('whatever Stripe answers', () => {
  const host = usePayoutHost();
  const database = useDatabase();
  const at = useResource({ make: () => deps(new URL(host.url).origin) });
  const error = (status: number, code: string | null, type = 'invalid_request_error') =>
    json(status, {
      error: { type, message: 'No such account: acct_x of Ann', ...(code === null ? {} : { code }) },
    });

  test('it was asked once, for the amount in its own units, under the redemption’s id', async () => {
    host.reply(json(200, { id: 'tr_1', object: 'transfer' }));
    const asked = payout();
    expect(await stripe(at, asked)).toEqual({ result: 'paid', ref: 'tr_1' });
    expect(host.calls).toHaveLength(1);
    expect(host.calls[0]?.headers['idempotency-key']).toBe(asked.redemptionId);
    const sent = Object.fromEntries(new URLSearchParams(host.calls[0]?.body));
    expect(sent).toMatchObject({
      amount: '1250',
      currency: 'usd',
      destination: 'acct_1032D82eZvKYlo2C',
      transfer_group: asked.redemptionId,
      'metadata[redemption_id]': asked.redemptionId,
    });
  });

  test.each([
    ['a server’s error', error(500, null, 'api_error'), 'stripe_500'],
    ['too many requests', error(429, 'rate_limit'), 'stripe_rate_limit'],
    [
      'another request with the key under way',
      error(409, 'idempotency_key_in_use'),
      'stripe_idempotency_key_in_use',
    ],
    ['an expired key', error(401, 'api_key_expired'), 'stripe_api_key_expired'],
    ['a broken connection', (response: { destroy(): void }) => response.destroy(), 'stripe_unreachable'],
  ])('after %s it is asked again', async (_what, reply, reason) => {
    host.reply(reply);
    await expect(stripe(at, payout())).rejects.toMatchObject({ name: 'NoAnswer', message: reason });
    // Its library asks a second time by itself when a connection breaks.
    expect(new Set(host.calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test.each([
    ['an account that is not there', error(400, 'resource_missing'), 'refused', 'stripe_resource_missing'],
    ['a refusal without a code', error(402, null), 'refused', 'stripe_402'],
    [
      'a balance of ours that is short',
      error(400, 'balance_insufficient'),
      'operator',
      'stripe_balance_insufficient',
    ],
    ['a key of other content', error(400, null, 'idempotency_error'), 'operator', 'stripe_400'],
  ])('%s is final, and nothing of its words is kept', async (_what, reply, result, reason) => {
    host.reply(reply);
    expect(await stripe(at, payout())).toEqual({ result, reason });
  });

  test.each([
    ['an account that is none', { destination: { account: 'ba_1' } }, 'refused'],
    ['no account', { destination: null }, 'refused'],
    ['points', { amount: { minor: 5n, unit: 'PTS' } }, 'refused'],
    ['a first question of a day ago', { first_asked_at_ms: Date.now() - 24 * 3_600_000 }, 'operator'],
  ])('Stripe is not asked with %s', async (_what, change, result) => {
    host.reply(json(200, { id: 'tr_1' }));
    expect(await stripe(at, payout(change))).toMatchObject({ result });
    expect(host.calls).toHaveLength(0);
  });

  test('a test program moves no money by a live key, and a live program does', async () => {
    const { db } = database;
    const liveProgramId = await seedProgram(db);
    const programId = newId();
    const settings = { name: 'Test', defaultDestination: 'https://example.com/' };
    await db.program.create({ data: { ...settings, id: programId, slug: 'a', mode: 'test', liveProgramId } });
    host.reply(json(200, { id: 'tr_1' }));
    const live = { ...deps(new URL(host.url).origin, 'sk_live_123'), db };
    expect(await stripe(live, payout({ programId }))).toMatchObject({ result: 'operator' });
    expect(host.calls).toHaveLength(0);
    expect(await stripe(live, payout({ programId: liveProgramId }))).toMatchObject({ result: 'paid' });
  });

  test('without a key an operator pays', async () => {
    const none = { ...at, payouts: { ...TEST_PAYOUTS, stripe: null } };
    expect(await stripe(none, payout())).toMatchObject({ result: 'operator' });
  });
});
