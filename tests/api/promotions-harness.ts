import { Registry } from 'prom-client';
import { buildServer } from '../../api/server.ts';
import { createLog } from '../../platform/log.ts';
import { STRIPE_API_KEY, type StripeApi } from '../support/stripe-api.ts';
import { holdPromotion } from '../support/stripe-promotions.ts';
import { STRIPE_SOURCE, stripeProgram } from './billing-harness.ts';
import { apiSettings, type TestApi } from './harness.ts';

/** A program that gives friends a discount by the coupon FRIENDS, and its member Ada. */
export async function promotingShop(api: TestApi, stripe: StripeApi, settings: object = {}) {
  const { book, asked, askedFor } = stripe;
  stripe.answerWith(200);
  book.coupons.clear();
  for (const id of ['FRIENDS', 'SPRING']) book.coupons.set(id, { created: 0, valid: true });
  for (const list of [book.promotions, asked, askedFor]) list.length = 0;
  book.answered.clear();
  const given = { apiKey: STRIPE_API_KEY, attributeCodes: true, friendCoupon: 'FRIENDS', ...settings };
  const shop = await stripeProgram(api, given);
  const { id: memberId, referralCode: code } = (await shop.member({ externalId: 'ada' })).data;
  const { programId, key } = shop;
  const metadata = { program_id: programId, member_id: memberId };
  return {
    ...shop,
    memberId,
    code,
    metadata,
    promote: (id: string = memberId) =>
      api.mutate('billing.promotionCode', { memberId: id }, { key, idempotencyKey: null }),
    set: async (change: object) => {
      const answer = await api.mutate(
        'billing.setStripe',
        { ...STRIPE_SOURCE, ...given, ...change },
        { key },
      );
      if (answer.status !== 200) throw new Error(answer.text);
    },
    /** A promotion code that is there already, unless the test says otherwise one that is not ours. */
    hold: (change: object = {}) =>
      holdPromotion(book, {
        code,
        coupon: 'FRIENDS',
        firstOrder: true,
        active: true,
        metadata: {},
        ...change,
      }),
    /** What Stripe has: id, coupon, and whether it is active. */
    held: () => book.promotions.map(({ id, coupon, active }) => [id, coupon, active]),
    /** The promotion codes that are on record, and those that the audit log says were made. */
    recorded: async () => {
      const rows = await api.db.billingPromotion.findMany({ where: { programId } });
      const made = { programId, action: 'billing.promotion_made' };
      const entries = await api.db.auditEntry.findMany({ where: made, orderBy: { id: 'asc' } });
      return {
        rows: rows.map(({ promotionCodeId }) => promotionCodeId),
        made: entries.map(({ detail }) => (detail as { promotionCodeId: string }).promotionCodeId),
      };
    },
  };
}

/** Asks another process of the same installation for a member's promotion code, as often; its answers. */
export async function promoteElsewhere(
  { db, dataDir, database }: TestApi,
  stripe: StripeApi,
  { key, memberId, times }: { readonly key: string; readonly memberId: string; readonly times: number },
): Promise<readonly string[]> {
  const server = buildServer({
    db,
    databaseUrl: database.url,
    log: createLog('test', 'silent'),
    registry: new Registry(),
    now: Date.now,
    settings: { ...apiSettings(dataDir), stripeApiBase: stripe.base },
  });
  const url = `/api/v1/members/${memberId}/promotion-code`;
  const headers = { authorization: `Bearer ${key}` };
  const ask = () => server.inject({ method: 'POST', url, headers });
  const answers = await Promise.all(Array.from({ length: times }, ask));
  await server.close();
  return answers.map(({ body }) => body);
}
