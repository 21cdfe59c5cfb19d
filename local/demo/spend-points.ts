import { errorCodeOf } from '../../api/client.ts';
import { type Offer, PRICES } from './catalogue.ts';
import type { PointsHolder } from './crowd.ts';
import { POINTS_UNIT } from './members-policy.ts';
import { inLanes, patiently } from './patience.ts';
import { randomOf } from './random.ts';
import { haveRedeemed, redemptionsOf } from './redemptions.ts';
import { once, type Session } from './session.ts';

const LANES = 8;
const WAIT_MS = 5_000;
/** So many of those with the most points spend some. */
const SPENDERS = 40;
/** The share of them who want the mug, of which there are too few. */
const MUG_SHARE = 0.5;

/**
 * The members with the most points spend some. Those who want a mug ask one after the other: once the mugs
 * are gone, the next are refused and keep their points. Returns how many requested in time.
 */
export async function spendPoints(
  session: Session,
  offer: Offer,
  holders: readonly PointsHolder[],
): Promise<number> {
  const done = await haveRedeemed(session, POINTS_UNIT);
  const spenders = holders
    .slice(0, SPENDERS)
    .map((holder) => ({ ...holder, what: wishOf(holder.name) }))
    .filter(({ memberId, available, what }) => !done.has(memberId) && available >= PRICES[what]);
  let asked = 0;
  const request = async ({ memberId, what }: (typeof spenders)[number]): Promise<void> => {
    const input = { memberId, itemId: offer[what], wait_ms: WAIT_MS };
    const ask = () => session.client.redemptions.request.mutate(input, once('spend', memberId));
    if (await isThere(ask)) asked += 1;
  };
  const wanting = (wish: Wish) => spenders.filter(({ what }) => what === wish);
  await Promise.all([inLanes(wanting('mug'), 1, request), inLanes(wanting('coupon'), LANES, request)]);
  return asked;
}

type Wish = keyof typeof PRICES;

const wishOf = (name: string): Wish => (randomOf('points', name)() < MUG_SHARE ? 'mug' : 'coupon');

/** Whether the item was still in stock. */
async function isThere(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await patiently(ask);
    return true;
  } catch (error) {
    if (errorCodeOf(error) !== 'out_of_stock') throw error;
    return false;
  }
}

/** Members look at the codes that they redeemed for, which makes these theirs for good. */
export async function revealCoupons(session: Session): Promise<void> {
  const { client } = session;
  const coupons = (await redemptionsOf(session)).filter(
    ({ method, status }) => method === 'coupon' && status === 'settled',
  );
  await inLanes(coupons, LANES, ({ id: redemptionId, memberId }) =>
    patiently(() => client.catalogue.reveal.mutate({ redemptionId, memberId }, once('reveal', redemptionId))),
  );
}
