import { router } from '../trpc/builder.ts';
import { couponProcedures } from './coupons.ts';
import { itemProcedures } from './items.ts';
import { offerProcedures } from './offer.ts';

/** What members can redeem for: changing the offer, showing it, and the codes of its coupon pools. */
export const catalogueRouter = router({ ...itemProcedures, ...offerProcedures, ...couponProcedures });
