import { startBar } from './bar.ts';
import type { Offer } from './catalogue.ts';
import type { PointsHolder } from './crowd.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { REDEMPTION_MIN_MINOR, UNIT } from './policy.ts';
import { randomOf } from './random.ts';
import { haveRedeemed } from './redemptions.ts';
import { once, type Session } from './session.ts';

const LANES = 8;
/** The share of members who want a transfer, which an operator makes by hand; the others take credit. */
const CASH_SHARE = 0.2;

/** Every member who has enough money requests all of it, once. Returns how many requests were new. */
export async function redeem(
  session: Session,
  offer: Offer,
  names: ReadonlyMap<string, string>,
): Promise<number> {
  const members = await candidates(session);
  const bar = startBar('members with enough', members.length);
  let asked = 0;
  let looked = 0;
  await inLanes(members, LANES, async (memberId) => {
    const name = names.get(memberId) ?? '';
    if (await request(session, offer, { memberId, name })) asked += 1;
    looked += 1;
    bar.to(looked);
  });
  bar.end(`${asked} redemptions`);
  return asked;
}

/** Members whose matured rewards may reach the minimum and who have redeemed nothing yet, by id. */
async function candidates(session: Session): Promise<string[]> {
  const { client } = session;
  const rewards = await allOf((cursor) =>
    client.rewards.list.query({ cursor, limit: PAGE, status: 'available' }),
  );
  const redeemed = await haveRedeemed(session, UNIT);
  const sums = new Map<string, bigint>();
  for (const { memberId, amount, reversed } of rewards) {
    if (amount === null || redeemed.has(memberId)) continue;
    const left_minor = BigInt(amount.minor) - BigInt(reversed?.minor ?? '0');
    sums.set(memberId, (sums.get(memberId) ?? 0n) + left_minor);
  }
  return [...sums]
    .filter(([, sum]) => sum >= REDEMPTION_MIN_MINOR)
    .map(([memberId]) => memberId)
    .sort();
}

/** Redeems all that the member has available. Returns whether that reached the minimum. */
async function request(
  { client }: Session,
  offer: Offer,
  { memberId, name }: Pick<PointsHolder, 'memberId' | 'name'>,
): Promise<boolean> {
  const { items: balances } = await patiently(() => client.balances.get.query({ memberId }));
  const amount = balances.find(({ unit }) => unit === UNIT)?.available;
  if (amount === undefined || BigInt(amount.minor) < REDEMPTION_MIN_MINOR) return false;
  const isCash = randomOf('method', name)() < CASH_SHARE;
  const what = isCash
    ? { itemId: offer.cash, destination: { account: `account of ${name}` } }
    : { itemId: offer.credit };
  await patiently(() =>
    client.redemptions.request.mutate({ memberId, amount, ...what }, once('redeem', memberId)),
  );
  return true;
}
