import { beforeEach, expect, test } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { seedEndpoint, seedItem, seedPool, seedRichMember } from '../../tests/support/catalogue.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { handOver, store, until } from '../../tests/support/hand-over.ts';
import { payloadsOf } from '../../tests/support/payloads.ts';
import { json, silent, usePayoutHost } from '../../tests/support/payout-host.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import { seedProgram, seedRedemption, testPolicy, usd } from '../../tests/support/seed.ts';
import { NO_STRIPE_MOCK, useStripeMock } from '../../tests/support/stripe-mock.ts';

let programId: string;
let ann: string;

const policy = testPolicy({
  redemption: {
    min: usd(100n),
    auto_approve_max: usd(500n),
    approval_days: 14,
    methods: ['manual', 'account_credit', 'http', 'stripe'],
  },
});

const database = useDatabase({ isProved: true });
const host = usePayoutHost();
const mock = useStripeMock();
const engine = useEngine(() => {
  const stripe = mock.base === null ? null : { apiKey: 'sk_test_123', base: mock.base };
  return { database, server: 'skipping', pump: false, payouts: { stripe } };
});

beforeEach(async () => {
  programId = await seedProgram(database.db, policy);
  ann = await seedRichMember(database.db, programId, 'ann', 1_000n);
  await seedEndpoint(database.db, programId, host.url);
});

type Wish = Parameters<typeof seedRedemption>[3];

async function ask(wish: Wish) {
  const { id, eventId } = await seedRedemption(database.db, programId, ann, wish);
  const workflowId = `redemption-${id}`;
  const give = (delivery: { eventId: string; type: string }) =>
    handOver(engine, programId, workflowId, [delivery]);
  const handle = await give({ eventId, type: 'redemption.requested' });
  const tell = async (name: string) =>
    await give(await store(database.db, programId, { type: `redemption.${name}`, workflowId }));
  const attempts = async () =>
    (
      await database.db.redemptionAttempt.findMany({ where: { redemptionId: id }, orderBy: { id: 'asc' } })
    ).map(({ result, reason }) => reason ?? result);
  return { id, handle, tell, attempts };
}

const balance = async () => (await balancesOf(database.db, programId, ann))[0];
const isPaid = { available_minor: 700n, reserved_minor: 0n };
const isGivenBack = { available_minor: 1_000n, reserved_minor: 0n };

test('a coupon is reserved, paid and settled, and the code is the member’s', async () => {
  const pool = await seedPool(database.db, programId, 1, { priceMinor: 300n });
  const { handle, id } = await ask({ minor: 300n, method: 'coupon', itemId: pool.id });
  expect(await handle.result()).toMatchObject({ status: 'settled' });
  expect(await balance()).toMatchObject(isPaid);
  expect(await database.db.couponCode.findFirst({ where: { itemId: pool.id } })).toMatchObject({
    redemptionId: id,
  });
});

test('a thing that is sent by hand leaves the stock, and comes back when it could not be sent', async () => {
  const item = await seedItem(database.db, programId, { priceMinor: 300n, stock: 1 });
  const stock = async () =>
    (await database.db.catalogueItem.findFirstOrThrow({ where: { id: item.id } })).stock;
  const { tell, id } = await ask({ minor: 300n, method: 'manual', itemId: item.id });
  await until('an operator to be asked', () =>
    database.db.redemption.findFirst({ where: { id, status: 'needs_operator' } }),
  );
  expect(await stock()).toBe(0);
  expect(await (await tell('failed')).result()).toMatchObject({ status: 'released' });
  expect(await stock()).toBe(1);
  expect(await balance()).toMatchObject(isGivenBack);
});

test('a host that is silent, then errs after it has paid, is asked with one key and pays once', async () => {
  const paid = new Set<string>();
  host.reply(
    silent,
    (response, call) => {
      paid.add(String(call.headers['idempotency-key']));
      json(500, {})(response, call);
    },
    (response, call) => {
      paid.add(String(call.headers['idempotency-key']));
      json(200, { result: 'paid', ref: `host-${paid.size}` })(response, call);
    },
  );
  const { handle, id, attempts } = await ask({ minor: 300n, method: 'http' });
  expect(await handle.result()).toMatchObject({ status: 'settled' });
  expect(await attempts()).toEqual(['timed_out', 'http_500', 'paid']);
  expect(paid).toEqual(new Set([id]));
  expect(await balance()).toMatchObject(isPaid);
  expect(await database.db.redemption.findFirst({ where: { id } })).toMatchObject({ providerRef: 'host-1' });
});

test('a host that refuses makes the amount go back', async () => {
  host.reply(json(200, { result: 'refused', reason: 'account_closed' }));
  const { handle } = await ask({ minor: 300n, method: 'http' });
  expect(await handle.result()).toMatchObject({ status: 'released', reason: 'account_closed' });
  expect(await balance()).toMatchObject(isGivenBack);
});

test('a host that has not decided is asked again days later, and the amount stays reserved', async () => {
  host.reply(
    ...Array.from({ length: 15 }, () => json(200, { result: 'pending' })),
    json(200, { result: 'paid' }),
  );
  const start_ms = await engine.env.currentTimeMs();
  const { handle, attempts } = await ask({ minor: 300n, method: 'http' });
  expect(await handle.result()).toMatchObject({ status: 'settled' });
  expect((await engine.env.currentTimeMs()) - start_ms).toBeGreaterThan(DAY_MS);
  expect(await attempts()).toHaveLength(16);
  expect(await balance()).toMatchObject(isPaid);
});

test('a host that never decides goes to an operator in a week, with each question and answer', async () => {
  host.reply(json(200, { result: 'pending' }));
  const { id, tell, attempts } = await ask({ minor: 300n, method: 'http' });
  await engine.env.sleep(8 * DAY_MS);
  await until('an operator to be asked', () =>
    database.db.redemption.findFirst({ where: { id, status: 'needs_operator', reason: 'pending_at_host' } }),
  );
  expect(await attempts()).toEqual(Array.from({ length: 36 }, () => 'pending_at_host'));
  expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 300n });
  expect(await (await tell('failed')).result()).toMatchObject({ status: 'released' });
  expect(await balance()).toMatchObject(isGivenBack);
});

test('a host that only sends elsewhere goes to an operator after every try', async () => {
  host.reply((response) => response.writeHead(307, { location: 'http://127.0.0.1/' }).end());
  const { id, tell, attempts } = await ask({ minor: 300n, method: 'http' });
  await engine.env.sleep(DAY_MS);
  await until('an operator to be asked', () =>
    database.db.redemption.findFirst({ where: { id, status: 'needs_operator' } }),
  );
  expect(await attempts()).toEqual(Array.from({ length: 14 }, () => 'http_307'));
  expect(await (await tell('paid')).result()).toMatchObject({ status: 'settled' });
  expect(await balance()).toMatchObject(isPaid);
});

test('a transfer by Stripe is made and settled', async ({ skip }) => {
  if (mock.base === null) skip(NO_STRIPE_MOCK);
  const destination = { account: 'acct_1032D82eZvKYlo2C' };
  const { handle, id } = await ask({ minor: 300n, method: 'stripe', destination });
  expect(await handle.result()).toMatchObject({ status: 'settled' });
  expect((await database.db.redemption.findFirstOrThrow({ where: { id } })).providerRef).toMatch(/^tr_/);
  expect(await balance()).toMatchObject(isPaid);
});

test('histories hold no destination, no code and no word of the host’s', async () => {
  host.reply(json(200, { result: 'refused', reason: 'Ann Smith moved to Rome' }));
  const { handle } = await ask({ minor: 300n, method: 'http', destination: { iban: 'DE0212' } });
  await handle.result();
  const text = payloadsOf(JSON.stringify(await handle.fetchHistory()));
  expect(text).toContain('refused_by_host');
  expect(text).not.toMatch(/DE0212|Ann Smith|Rome/);
});
