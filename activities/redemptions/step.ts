import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import {
  type LockedRedemption,
  lockRedemption,
  type RedemptionEventRef,
  type RedemptionSnapshot,
  readRedemption,
} from './snapshot.ts';

/**
 * Decides an event about a redemption in one transaction, by `decideStep`. An event that is already decided
 * changes nothing. Returns the redemption's new snapshot.
 */
export function takeRedemptionStep(
  deps: ActivityDeps,
  ref: RedemptionEventRef,
  decideStep: (tx: Tx, redemption: LockedRedemption, event: OpenEvent) => Promise<void>,
): Promise<RedemptionSnapshot> {
  return inTransaction(deps, async (tx) => {
    const event = await lockOpenEvent(tx, ref);
    if (event !== null) await decideStep(tx, await lockRedemption(tx, ref), event);
    return await readRedemption(tx, ref);
  });
}
