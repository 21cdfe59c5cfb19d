import { parkAndRead } from '../../engine/events/park.ts';
import type { ActivityDeps } from '../deps.ts';
import { type RedemptionEventRef, type RedemptionSnapshot, readRedemption } from './snapshot.ts';

/**
 * Takes an event that failed on every try out of the queue, with the reason, so that an operator can see and
 * retry it.
 */
export function parkRedemptionEvent(
  deps: ActivityDeps,
  ref: RedemptionEventRef & { readonly reason: string },
): Promise<RedemptionSnapshot> {
  return parkAndRead(deps, ref, readRedemption);
}
