import { setTimeout } from 'node:timers/promises';
import { decidePromotion, isSwitchedOff } from '../../domain/billing/promotion.ts';
import { fail } from '../http/errors.ts';
import {
  couponMadeAt,
  endPromotion,
  listPromotions,
  type Made,
  makePromotion,
  type PromotionsOf,
  type WantedCode,
} from './stripe-promotions.ts';

/** How often Stripe's codes are looked at anew, when something else changes them meanwhile. */
const ROUNDS_MAX = 3;
const PAUSE_MS = 300;

/**
 * Makes Stripe have the promotion code that is wanted, and returns its id. Throws `code_taken`,
 * `coupon_unusable`, `code_inactive`, `provider_refused` or `provider_unavailable`.
 */
export async function settlePromotion(
  at: PromotionsOf,
  wanted: WantedCode,
  now: () => number,
): Promise<string> {
  let made: Made = 'refused';
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    made = await makeOnce(at, wanted, now);
    if (typeof made === 'object') return made.id;
    if (made === 'busy') await setTimeout(PAUSE_MS);
  }
  throw made === 'busy'
    ? fail('provider_unavailable', 'Stripe is making this promotion code; try again.')
    : fail(
        'provider_refused',
        'Stripe does not make this promotion code: the log of requests in Stripe says why.',
      );
}

/** Goes by what Stripe has now, whoever left it so. */
async function makeOnce(at: PromotionsOf, wanted: WantedCode, now: () => number): Promise<Made> {
  const step = decidePromotion(await listPromotions(at, wanted.code), wanted);
  if (step.step === 'keep') return step;
  if (step.step === 'taken') {
    throw fail(
      'code_taken',
      'Stripe has an active promotion code with this text that is none of ours: switch it off there, and ' +
        'ask again.',
    );
  }
  const { replaced, after, offSince_ms } = step;
  // Before anything ends: with a coupon that is none, the member would be left without a code.
  const couponAt_ms = await couponMadeAt(at, wanted.coupon);
  if (couponAt_ms === null) {
    throw fail(
      'coupon_unusable',
      'Stripe has no coupon of the id in `friendCoupon`, or it can be redeemed no more: set another.',
    );
  }
  if (isSwitchedOff(offSince_ms, couponAt_ms)) {
    throw fail(
      'code_inactive',
      'The promotion code of this member was switched off in Stripe: switch it on there to use it again.',
    );
  }
  for (const id of replaced) await endPromotion(at, id);
  return await makePromotion(at, { ...wanted, after, now_ms: now() });
}
