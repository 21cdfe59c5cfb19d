import type { RedemptionMethod } from '../../../domain/redemptions/methods.ts';
import { accountCredit } from './account-credit.ts';
import { coupon } from './coupon.ts';
import { http } from './http.ts';
import { manual } from './manual.ts';
import type { Provider } from './provider.ts';
import { stripe } from './stripe.ts';
import { stripeCredit } from './stripe-credit.ts';

/** One for every method that a policy or an item may name. */
export const PROVIDERS: Readonly<Record<RedemptionMethod, Provider>> = {
  manual,
  account_credit: accountCredit,
  coupon,
  http,
  stripe,
  stripe_credit: stripeCredit,
};
