import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../user-error.ts';
import { inLanes, patiently } from './patience.ts';
import { payByBatch } from './payout.ts';
import { redemptionsOf } from './redemptions.ts';
import { once, type Session } from './session.ts';

const LANES = 8;
const POLL_MS = 250;
const STUCK_AFTER_MS = 180_000;
const OVER = new Set(['refused', 'settled', 'released']);

/** Attends to redemptions until none is open. Errors: `UserError` when one does not end. */
export async function attendAll(session: Session): Promise<void> {
  let open = -1;
  let moved_ms = performance.now();
  for (;;) {
    const now = await attend(session);
    if (now === 0) break;
    if (now !== open) moved_ms = performance.now();
    open = now;
    if (performance.now() - moved_ms > STUCK_AFTER_MS) {
      throw new UserError(
        `${now} redemptions have not ended for three minutes: see the worker’s log, then run the demo ` +
          'again; it goes on where it stopped.',
      );
    }
    await sleep(POLL_MS);
  }
}

/**
 * Does what an operator does: approves what exceeds the policy's limits, and pays by batch once every open
 * redemption waits for a payment by hand. Returns how many are open.
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
