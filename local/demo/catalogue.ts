import { POINTS_UNIT } from './members-policy.ts';
import { patiently } from './patience.ts';
import { REDEMPTION_MIN_MINOR, UNIT } from './policy.ts';
import { randomOf } from './random.ts';
import { once, type Session } from './session.ts';

const MUGS = 5;
const CODES = 60;
const MUG_POINTS = 300;
const COUPON_POINTS = 200;

const points = (count: number) => ({ minor: String(count), unit: POINTS_UNIT });
const MIN = { minor: REDEMPTION_MIN_MINOR.toString(), unit: UNIT };

const MUG = {
  kind: 'item' as const,
  name: 'A mug',
  price: points(MUG_POINTS),
  stock: MUGS,
  memberLimit: 1,
};
const COUPON = {
  kind: 'coupon' as const,
  name: '5 USD off',
  price: points(COUPON_POINTS),
  memberLimit: 1,
};
const CREDIT = { kind: 'account_credit' as const, name: 'Credit for the next purchase', min: MIN };
const CASH = {
  kind: 'cash_out' as const,
  name: 'Cash, by bank transfer',
  min: MIN,
  fee: { fixed: { minor: '50', unit: UNIT }, rate_bp: 0 },
};

/** The ids of the items, and the prices of the two that cost points. */
export interface Offer {
  readonly mug: string;
  readonly coupon: string;
  readonly credit: string;
  readonly cash: string;
}
export const PRICES = { mug: MUG_POINTS, coupon: COUPON_POINTS } as const;

/** Codes such as `CD-9F3A61C2`, the same in every run. */
export function couponCodes(): string[] {
  const random = randomOf('coupons');
  return Array.from({ length: CODES }, (_, nth) => {
    const letters = Math.floor(random() * 2 ** 24)
      .toString(16)
      .padStart(6, '0')
      .toUpperCase();
    // The number keeps two that are drawn alike apart.
    return `CD-${letters}${String(nth).padStart(2, '0')}`;
  });
}

/** Offers a mug of which there are few, coupons, credit and cash. What is offered already stays as it is. */
export async function openCatalogue({ client }: Session): Promise<Offer> {
  const offer = async (name: string, item: Parameters<typeof client.catalogue.create.mutate>[0]) =>
    (await patiently(() => client.catalogue.create.mutate(item, once('item', name)))).id;
  const coupon = await offer('coupon', COUPON);
  const pool = { id: coupon, codes: couponCodes() };
  await patiently(() => client.catalogue.addCoupons.mutate(pool, once('codes')));
  return {
    mug: await offer('mug', MUG),
    coupon,
    credit: await offer('credit', CREDIT),
    cash: await offer('cash', CASH),
  };
}
