import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../../api/client.ts';
import { UserError } from '../user-error.ts';
import type { Bar } from './bar.ts';
import { type Offer, PRICES } from './catalogue.ts';
import type { PointsHolder } from './crowd.ts';
import { POINTS_UNIT } from './members-policy.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { payByBatch } from './payout.ts';
import { REDEMPTION_MIN_MINOR, UNIT } from './policy.ts';
import { randomOf } from './random.ts';
import { once, type Session } from './session.ts';

const LANES = 8;
const POLL_MS = 500;
const STUCK_AFTER_MS = 180_000;
/**
 * Of a hundred members, so many want a transfer, which somebody makes by hand; the others take account
 * credit.
 */
const CASH_SHARE = 0.2;
/** Those with the most points spend some, so many of a hundred on the mug of which there are too few. */
const SPENDERS = 40;
const MUG_SHARE = 0.5;
const WAIT_MS = 5_000;
const OVER = new Set(['refused', 'settled', 'released']);

const redemptionsOf = ({ client }: Session) =>
  allOf((cursor) => client.redemptions.list.query({ cursor, limit: PAGE }));

/** Those who have asked for something that costs this unit, whatever became of it. */
async function haveRedeemed(session: Session, unit: string): Promise<ReadonlySet<string>> {
  const own = (await redemptionsOf(session)).filter(({ amount }) => amount.unit === unit);
  return new Set(own.map(({ memberId }) => memberId));
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

/** Asks for all that the member has available. Whether it was enough to ask. */
async function request(
  { client }: Session,
  offer: Offer,
  { memberId, name }: Pick<PointsHolder, 'memberId' | 'name'>,
): Promise<boolean> {
  const balances = await patiently(() => client.balances.get.query({ memberId }));
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

/**
 * The members with the most points spend some, one after the other: whoever comes when the mugs are gone is
 * refused and keeps the points. Gives how many asked in time.
 */
export async function spendPoints(
  session: Session,
  offer: Offer,
  holders: readonly PointsHolder[],
): Promise<number> {
  const { client } = session;
  const done = await haveRedeemed(session, POINTS_UNIT);
  let asked = 0;
  for (const { memberId, name, available } of holders.slice(0, SPENDERS)) {
    const what = randomOf('points', name)() < MUG_SHARE ? 'mug' : 'coupon';
    if (done.has(memberId) || available < PRICES[what]) continue;
    const input = { memberId, itemId: offer[what], wait_ms: WAIT_MS };
    if (await isThere(() => client.redemptions.request.mutate(input, once('spend', memberId)))) asked += 1;
  }
  return asked;
}

/** Whether what is asked for was still there. */
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

/**
 * What an operator does: approves what is above the policy's limits, and pays by batch what nothing else is
 * to come for.
 */
async function attend(session: Session): Promise<number> {
  const { client } = session;
  const open = (await redemptionsOf(session)).filter(({ status }) => !OVER.has(status));
  const awaiting = open.filter(({ status }) => status === 'awaiting_approval');
  await inLanes(awaiting, LANES, ({ id }) =>
    patiently(() => client.redemptions.approve.mutate({ id, note: 'demo operator' }, once('approve', id))),
  );
  const waiting = open.filter(({ status, method }) => status === 'needs_operator' && method === 'manual');
  if (waiting.length > 0 && waiting.length === open.length) await payByBatch(session, waiting);
  return open.length;
}

/**
 * Every member who has enough money redeems all of it, once. Waits until each redemption is over, also those
 * for points that were asked for before. Returns how many were new. Errors: `UserError` when one does not end.
 */
export async function redeem(
  session: Session,
  offer: Offer,
  names: ReadonlyMap<string, string>,
  begin: (total: number) => Bar,
): Promise<number> {
  const members = await candidates(session);
  const bar = begin(members.length);
  let asked = 0;
  let looked = 0;
  await inLanes(members, LANES, async (memberId) => {
    const name = names.get(memberId) ?? '';
    if (await request(session, offer, { memberId, name })) asked += 1;
    looked += 1;
    bar.to(looked);
  });
  await attendAll(session);
  bar.end(`${asked} redemptions`);
  return asked;
}

/** Attends to redemptions until none is open. Errors: `UserError` when one does not end. */
export async function attendAll(session: Session): Promise<void> {
  let open = -1;
  let moved_ms = performance.now();
  for (;;) {
    const now = await attend(session);
    if (now === 0) break;
    if (now !== open) moved_ms = performance.now();
    open = now;
    if (performance.now() - moved_ms > STUCK_AFTER_MS)
      throw new UserError(
        `${now} redemptions have not ended for three minutes: see the worker’s log, then run the demo ` +
          'again; it goes on where it stopped.',
      );
    await sleep(POLL_MS);
  }
}
