import { createKey, ensurePlatformKey } from '../../api/keys/create.ts';
import { SCOPES } from '../../domain/operators/scopes.ts';
import { newId } from '../../platform/ids.ts';
import { STRIPE_SOURCE } from '../api/billing-harness.ts';
import type { TestApi } from '../api/harness.ts';
import { until } from '../support/hand-over.ts';
import type { Call, Part } from './part.ts';

/** What the catalogue offers, redemptions at each stage that waits for somebody, and a batch. */
export async function shop({ db, programId }: TestApi, call: Call, memberId: string): Promise<Part> {
  await until('credit', () =>
    db.reward.findFirst({ where: { programId, kind: 'credit', status: 'available' } }),
  );
  const price = { minor: '2000', unit: 'USD' };
  const mug = await call('POST', '/catalogue', { kind: 'item', name: 'A mug', price, stock: 1_000 });
  const pool = await call('POST', '/catalogue', { kind: 'coupon', name: 'A voucher', price });
  await call('POST', `/catalogue/${pool.id}/coupons`, { codes: ['SPRING-1', 'SPRING-2'] });
  const voucher = await call('POST', '/redemptions', { memberId, itemId: pool.id });
  const redemptionId = voucher['redemptionId'];
  await until('the voucher', () =>
    db.redemption.findFirst({ where: { id: redemptionId, status: 'settled' } }),
  );
  const waiting = async (status: 'awaiting_approval' | 'needs_operator', destination = {}) => {
    const id = newId();
    const money = { unit: 'USD', amountMinor: 500n, method: 'manual' };
    await db.redemption.create({ data: { programId, id, memberId, status, destination, ...money } });
    return { id };
  };
  await waiting('needs_operator', { paypal: 'ann@example.com' });
  const payment = { profile: 'paypal', currency: 'USD' };
  const paid = await call('POST', '/payouts/batches', { name: 'PayPal', unit: 'USD', payment });
  await waiting('needs_operator');
  const batch = await call('POST', '/payouts/batches', { name: 'November', unit: 'USD' });
  await waiting('needs_operator');
  await call('PUT', '/payouts/endpoint', { url: 'https://pay.shop.example/redemptions' });
  return {
    fields: { itemId: mug.id, redemptionId },
    ids: { catalogue: mug.id, redemptions: (await waiting('awaiting_approval')).id, payouts: batch.id },
    own: {
      addCoupons: { id: pool.id },
      listCoupons: { id: pool.id },
      getCatalogueStock: { id: pool.id },
      approveRedemption: await waiting('awaiting_approval'),
      rejectRedemption: await waiting('awaiting_approval'),
      resolveRedemption: await waiting('needs_operator'),
      exportPayoutPayments: { id: paid.id },
    },
  };
}

/** What the host sets up: webhooks, billing, keys and secrets; a spare one of whatever can be removed. */
export async function hosts({ db, programId }: TestApi, call: Call): Promise<Part> {
  const webhook = () => call('POST', '/webhooks', { url: 'https://shop.example/hooks' });
  const [told, toRemove, toDisable, toEnable] = [
    await webhook(),
    await webhook(),
    await webhook(),
    await webhook(),
  ];
  await call('POST', `/webhooks/${toEnable.id}/disable`);
  await call('POST', `/webhooks/${told.id}/ping`);
  const deliveries = await call('GET', `/webhooks/${told.id}/deliveries`);
  const ended = { state: 'delivered', endedAt: new Date() } as const;
  await db.webhookDelivery.updateMany({ where: { programId, endpointId: told.id }, data: ended });
  await call('PUT', '/billing/stripe', { ...STRIPE_SOURCE, livemode: true });
  const secret = await call('POST', '/tokens/secrets');
  const spare = await createKey(db, { programId, name: 'spare', scopes: SCOPES });
  await ensurePlatformKey(db, 'anotherplatformsecretanotherplatformsecret');
  const platform = await db.apiKey.findFirstOrThrow({
    where: { programId: null },
    orderBy: { createdAt: 'desc' },
  });
  return {
    fields: { deliveryId: deliveries['items'][0].id },
    ids: { webhooks: told.id, tokens: secret.id, keys: spare.id, platform: platform.id },
    own: {
      removeWebhook: { id: toRemove.id },
      disableWebhook: { id: toDisable.id },
      enableWebhook: { id: toEnable.id },
    },
  };
}
