import { parkAndRead } from '../../engine/events/park.ts';
import type { ActivityDeps } from '../deps.ts';
import { type RedemptionEventRef, type RedemptionSnapshot, readRedemption } from './snapshot.ts';

/**
 * Takes an event that no try could handle out of the queue, with the reason, for an operator to see and
 * retry.
 */
export function parkRedemptionEvent(
  deps: ActivityDeps,
  ref: RedemptionEventRef & { readonly reason: string },
): Promise<RedemptionSnapshot> {
  return parkAndRead(deps, ref, readRedemption);
}
