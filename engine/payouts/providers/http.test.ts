import { Webhook } from 'standardwebhooks';
import { beforeAll, expect, test } from 'vitest';
import { newId } from '../../../platform/ids.ts';
import { seedEndpoint } from '../../../tests/support/catalogue.ts';
import { useDatabase } from '../../../tests/support/database.ts';
import { until } from '../../../tests/support/hand-over.ts';
import { json, silent, usePayoutHost } from '../../../tests/support/payout-host.ts';
import { seedMember, seedProgram, TEST_PAYOUTS, usd } from '../../../tests/support/seed.ts';
import { http } from './http.ts';
import { NoAnswer } from './provider.ts';

/** More than the database has connections. */
const MANY = 15;

let programId: string;
let memberId: string;
let secret: string;

const database = useDatabase();
const host = usePayoutHost();

beforeAll(async () => {
  programId = await seedProgram(database.db);
  memberId = (await seedMember(database.db, programId, 'ann')).id;
  secret = await seedEndpoint(database.db, programId, host.url);
});

const deps = () => ({ db: database.db, payouts: TEST_PAYOUTS });
const payout = (change: object = {}) => ({
  programId,
  redemptionId: newId(),
  memberId,
  itemId: null,
  amount: usd(1_250n),
  destination: { iban: 'DE02120300000000202051' },
  first_asked_at_ms: null,
  ...change,
});

test('the host is asked with a signature that its library verifies, and the redemption as ids', async () => {
  host.reply(json(200, { result: 'paid', ref: 'bank-7' }));
  const asked = payout();
  expect(await http(deps(), asked)).toEqual({ result: 'paid', ref: 'bank-7' });
  const [call] = host.calls;
  if (call === undefined) throw new Error('the host was not asked');
  expect(new Webhook(secret).verify(call.body, { ...call.headers })).toMatchObject({
    type: 'redemption.pay',
    redemptionId: asked.redemptionId,
    externalId: 'ann',
    amount: { minor: '1250', unit: 'USD' },
    destination: { iban: 'DE02120300000000202051' },
  });
  expect(call.headers).toMatchObject({
    'idempotency-key': asked.redemptionId,
    'webhook-id': asked.redemptionId,
    'content-type': 'application/json',
  });
  const other = `whsec_${Buffer.alloc(24).toString('base64')}`;
  expect(() => new Webhook(other).verify(call.body, { ...call.headers })).toThrow();
});

test.each([
  [
    'refused, with its code',
    { result: 'refused', reason: 'account_closed' },
    { result: 'refused', reason: 'account_closed' },
  ],
  [
    'refused, with words that are not kept',
    { result: 'refused', reason: 'Ann Smith moved' },
    { result: 'refused', reason: 'refused_by_host' },
  ],
  ['pending', { result: 'pending' }, { result: 'pending', reason: 'pending_at_host' }],
  [
    'paid, with a reference that cannot be kept',
    { result: 'paid', ref: 'x\ny' },
    { result: 'paid', ref: 'http' },
  ],
])('an answer may be %s', async (_what, answer, expected) => {
  host.reply(json(200, answer));
  expect(await http(deps(), payout())).toEqual(expected);
});

test.each([
  ['an error of the host', json(500, { result: 'paid' }), 'http_500'],
  ['a redirect, which is not followed', json(302, { result: 'paid' }), 'http_302'],
  ['a refusal by status', json(404, {}), 'http_404'],
  ['an answer that is no JSON', json(200, 'ok'), 'answer_malformed'],
  ['an answer of another kind', json(200, { result: 'maybe' }), 'answer_malformed'],
  ['a huge answer', json(200, { result: 'paid', ref: 'x'.repeat(100_000) }), 'answer_too_large'],
  ['no answer in time', silent, 'timed_out'],
])('%s says nothing about the payment', async (_what, reply, code) => {
  host.reply(reply);
  await expect(http(deps(), payout())).rejects.toMatchObject({ name: 'NoAnswer', message: code });
  expect(host.calls).toHaveLength(1);
});

test('an endpoint on an internal address is for an operator, unless that is allowed', async () => {
  host.reply(json(200, { result: 'paid' }));
  const strict = { db: database.db, payouts: { ...TEST_PAYOUTS, allowInternal: false } };
  expect(await http(strict, payout())).toEqual({ result: 'operator', reason: 'address_forbidden' });
  expect(host.calls).toHaveLength(0);
});

test('without an endpoint, and with a secret that cannot be opened, an operator is asked', async () => {
  const other = await seedProgram(database.db);
  expect(await http(deps(), payout({ programId: other }))).toMatchObject({ result: 'operator' });
  const changed = {
    db: database.db,
    payouts: { ...TEST_PAYOUTS, ring: ['another secret than before'] as const },
  };
  expect(await http(changed, payout())).toMatchObject({ result: 'operator' });
});

test('a host that says nothing to many payments keeps no transaction waiting', async () => {
  host.reply(silent);
  const { db } = database;
  let answered = 0;
  const hanging = Array.from({ length: MANY }, () =>
    http({ db, payouts: { ...TEST_PAYOUTS, timeout_ms: 3_000 } }, payout()).catch((error: unknown) => {
      answered += 1;
      return error instanceof NoAnswer ? error.message : error;
    }),
  );
  await until('all to wait for the host', async () => host.calls.length === MANY);
  const others = Array.from({ length: MANY }, () => db.$transaction((tx) => tx.member.count()));
  expect(await Promise.all(others)).toEqual(Array(MANY).fill(1));
  expect(answered).toBe(0);
  expect(await Promise.all(hanging)).toEqual(Array(MANY).fill('timed_out'));
});
