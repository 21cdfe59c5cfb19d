import Stripe from 'stripe';
import {
  ownMetadata,
  REPLACED,
  type StripePromotion,
  type WantedPromotion,
} from '../../domain/billing/promotion.ts';
import { nameId } from '../../platform/ids.ts';
import type { Lookup } from './adapter.ts';
import { actingFor, askStripe } from './stripe-ask.ts';

/** The most that Stripe lists at once, which no text comes near to. */
const PAGE_MAX = 100;
const HOUR_MS = 3_600_000;

/** Whose promotion codes are asked for, and with which key. */
export interface PromotionsOf {
  readonly lookup: Lookup;
  /** The connected account; null: the key's own. */
  readonly account: string | null;
}

/** Every promotion code with this text, in capitals or not, active or not, the newest first. */
export async function listPromotions(
  { lookup, account }: PromotionsOf,
  code: string,
): Promise<readonly StripePromotion[]> {
  const { data } = await askStripe(lookup, (api) =>
    api.promotionCodes.list({ code, limit: PAGE_MAX }, actingFor(account)),
  );
  return data.map(read);
}

function read({ id, active, promotion, restrictions, created, metadata }: Stripe.PromotionCode) {
  const { coupon } = promotion;
  return {
    id,
    isActive: active,
    coupon: coupon !== null && typeof coupon === 'object' ? coupon.id : coupon,
    firstOrder: restrictions.first_time_transaction,
    created_at_ms: created * 1_000,
    metadata: metadata ?? {},
  };
}

/** When a coupon was made that can be redeemed; null: Stripe has none of this id, or its time is over. */
export async function couponMadeAt({ lookup, account }: PromotionsOf, id: string): Promise<number | null> {
  const coupon = await askStripe(lookup, (api) =>
    api.coupons.retrieve(id, {}, actingFor(account)).catch((error: unknown) => {
      if (statusOf(error) === 404) return null;
      throw error;
    }),
  );
  return coupon?.valid === true ? coupon.created * 1_000 : null;
}

/** Ends a promotion code of ours; what was paid with it before stays as it is. */
export async function endPromotion({ lookup, account }: PromotionsOf, id: string): Promise<void> {
  const change = { active: false, metadata: REPLACED };
  await askStripe(lookup, (api) => api.promotionCodes.update(id, change, actingFor(account)));
}

/** What is wanted, with the text that a friend types. */
export interface WantedCode extends WantedPromotion {
  readonly code: string;
}

/** refused: Stripe has another active one with the text, or a reason of its own. busy: it is being made. */
export type Made = { readonly id: string } | 'refused' | 'busy';

interface NewPromotion extends WantedCode {
  /** The newest promotion code that there is with this text, or null. */
  readonly after: string | null;
  readonly now_ms: number;
}

/**
 * Makes a promotion code.
 *
 * The idempotency key is what is made, after which, and in which hour. Stripe repeats its first answer for a
 * day, be it an error; so the next hour may ask anew. Two keys cannot make two: a text has one active code.
 */
export async function makePromotion(
  { lookup, account }: PromotionsOf,
  { code, after, now_ms, ...wanted }: NewPromotion,
): Promise<Made> {
  const { programId, memberId, coupon, firstOrder } = wanted;
  const hour = String(Math.floor(now_ms / HOUR_MS));
  const names = [programId, memberId, coupon, String(firstOrder), after ?? '', hour];
  const idempotencyKey = nameId('promotion code', ...names);
  const promotion = {
    promotion: { type: 'coupon', coupon },
    code,
    restrictions: { first_time_transaction: firstOrder },
    metadata: ownMetadata(wanted),
  } as const;
  return await askStripe(lookup, async (api) => {
    try {
      return await api.promotionCodes.create(promotion, { idempotencyKey, ...actingFor(account) });
    } catch (error) {
      const status = statusOf(error);
      if (status === 400) return 'refused';
      if (status === 409) return 'busy';
      throw error;
    }
  });
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof Stripe.errors.StripeError ? error.statusCode : undefined;
