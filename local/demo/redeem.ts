import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../problem.ts';
import type { Bar } from './bar.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { REDEMPTION_MIN_MINOR, UNIT } from './policy.ts';
import { randomOf } from './random.ts';
import { once, type Session } from './session.ts';

const LANES = 8;
const POLL_MS = 500;
const STUCK_AFTER_MS = 180_000;
/** Of a hundred members, so many want a transfer, which somebody makes by hand; the others take account credit. */
const MANUAL_SHARE = 0.2;
const OVER = new Set(['refused', 'settled', 'released']);

const redemptionsOf = ({ client }: Session) =>
  allOf((cursor) => client.redemptions.list.query({ cursor, limit: PAGE }));

/** Members whose matured rewards may reach the minimum and who have redeemed nothing yet, by id. */
async function candidates(session: Session): Promise<string[]> {
  const { client } = session;
  const rewards = await allOf((cursor) =>
    client.rewards.list.query({ cursor, limit: PAGE, status: 'available' }),
  );
  const redeemed = new Set((await redemptionsOf(session)).map(({ memberId }) => memberId));
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
async function request({ client }: Session, memberId: string): Promise<boolean> {
  const balances = await patiently(() => client.balances.get.query({ memberId }));
  const available = balances.find(({ unit }) => unit === UNIT)?.available;
  if (available === undefined || BigInt(available.minor) < REDEMPTION_MIN_MINOR) return false;
  const method = randomOf('method', memberId)() < MANUAL_SHARE ? 'manual' : 'account_credit';
  const input = { memberId, amount: available, method };
  await patiently(() => client.redemptions.request.mutate(input, once('redeem', memberId)));
  return true;
}

/** What an operator does: approves what is above the policy's limit, and settles the transfers that were made by hand. */
async function attend(session: Session): Promise<number> {
  const { client } = session;
  const open = (await redemptionsOf(session)).filter(({ status }) => !OVER.has(status));
  await inLanes(open, LANES, async ({ id, status }) => {
    if (status === 'awaiting_approval') {
      await patiently(() =>
        client.redemptions.approve.mutate({ id, note: 'demo operator' }, once('approve', id)),
      );
    }
    if (status === 'needs_operator') {
      const input = { id, outcome: 'paid' as const, providerRef: `transfer-${id.slice(0, 8)}` };
      await patiently(() => client.redemptions.resolve.mutate(input, once('paid', id)));
    }
  });
  return open.length;
}

/**
 * Every member who has enough redeems all of it, once. Waits until each redemption is over. Returns how many were new.
 * Errors: `Problem` when one does not end.
 */
export async function redeem(session: Session, begin: (total: number) => Bar): Promise<number> {
  const members = await candidates(session);
  const bar = begin(members.length);
  let asked = 0;
  let looked = 0;
  await inLanes(members, LANES, async (memberId) => {
    if (await request(session, memberId)) asked += 1;
    looked += 1;
    bar.to(looked);
  });
  let open = -1;
  let moved_ms = performance.now();
  for (;;) {
    const now = await attend(session);
    if (now === 0) break;
    if (now !== open) moved_ms = performance.now();
    open = now;
    if (performance.now() - moved_ms > STUCK_AFTER_MS)
      throw new Problem(
        `${now} redemptions have not ended for three minutes: see the worker’s log, then run the demo again; it goes on where it stopped.`,
      );
    await sleep(POLL_MS);
  }
  bar.end(`${asked} redemptions`);
  return asked;
}
