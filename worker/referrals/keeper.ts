import type { Activities } from '../../activities/create.ts';
import { isKeptType } from '../../activities/referrals/keep.ts';
import type { ReferralRef, ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { stepFor } from '../../domain/referrals/referral.ts';
import { referralOfWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Delivery } from '../../workflows/messages.ts';
import type { Keeper, Parcel } from '../events/deliver.ts';
import { createKeeper, inTries, isHopeless } from '../keeper.ts';
import type { WorkerMetrics } from '../metrics.ts';

export interface ReferralKeeperOptions {
  readonly activities: Pick<
    Activities,
    'keepReferralEvent' | 'keepUnreferred' | 'keepDeadlines' | 'parkReferralEvent'
  >;
  readonly log: Log;
  readonly metrics: Pick<WorkerMetrics, 'keptReferrals'>;
  /** Referrals kept at once. */
  readonly referrals_max: number;
}

/**
 * Decides referrals' events without their workflows, which wait for what lies ahead and are told of the rest
 * (`teller.ts`). Refuses a parcel with an operator's word or another command, which the workflow carries out.
 */
export const createReferralKeeper = (options: ReferralKeeperOptions): Keeper =>
  createKeeper({
    ownerOf: ({ workflowId, deliveries }) =>
      deliveries.every(({ type }) => isKeptType(type)) ? referralOfWorkflow(workflowId) : null,
    keep: (referralId, parcel) => keep(options, referralId, parcel),
    owners_max: options.referrals_max,
  });

/** Decides a parcel's events in their order, then does what is due already. */
async function keep(options: ReferralKeeperOptions, referralId: string, parcel: Parcel): Promise<void> {
  const { activities, log, metrics } = options;
  const { programId, workflowId, deliveries } = parcel;
  const ref = () => ({ programId, referralId, now_ms: Date.now() });
  try {
    const ahead = await decideAll(options, ref, deliveries);
    if (ahead !== null) await inTries(() => activities.keepDeadlines({ ...ref(), ahead }));
  } catch (error) {
    metrics.keptReferrals.inc({ result: 'failed' });
    log.warn({ err: error, workflowId }, 'a referral could not be kept, and its events come again');
  }
}

/**
 * Decides events in their order. Where one leaves no referral, as a signup that nobody is credited with, what
 * builds on that is decided together. Returns what is known of the referral then; null: nothing.
 */
async function decideAll(
  options: ReferralKeeperOptions,
  ref: () => ReferralRef,
  deliveries: readonly Delivery[],
): Promise<ReferralSnapshot | null> {
  let ahead: ReferralSnapshot | null = null;
  const left = [...deliveries];
  for (let delivery = left.shift(); delivery !== undefined; delivery = left.shift()) {
    ahead = await decide(options, ref(), delivery);
    if (ahead.stage !== null) continue;
    const next = left.findIndex(({ type }) => !BUILDS_ON.has(stepFor(type)));
    const together = left.slice(0, next === -1 ? left.length : next);
    if (await decideUnreferred(options, ref(), together)) left.splice(0, together.length);
  }
  return ahead;
}

/** What begins no referral. */
const BUILDS_ON: ReadonlySet<ReturnType<typeof stepFor>> = new Set(['act', 'refund']);

/** Decides events together while there is no referral. Returns whether it did; where not, each goes alone. */
async function decideUnreferred(
  { activities, metrics }: ReferralKeeperOptions,
  ref: ReferralRef,
  deliveries: readonly Delivery[],
): Promise<boolean> {
  if (deliveries.length === 0) return false;
  const eventIds = deliveries.map(({ eventId }) => eventId);
  try {
    const isDecided = await inTries(() => activities.keepUnreferred({ ...ref, eventIds }));
    if (isDecided) metrics.keptReferrals.inc({ result: 'done' }, deliveries.length);
    return isDecided;
  } catch (error) {
    if (!isHopeless(error)) throw error;
    return false;
  }
}

/** Decides one event; parks it when no try can. Rejects when a later try may. */
async function decide(
  { activities, log, metrics }: ReferralKeeperOptions,
  ref: ReferralRef,
  { eventId, type }: Delivery,
): Promise<ReferralSnapshot> {
  try {
    const snapshot = await inTries(() => activities.keepReferralEvent({ ...ref, eventId, type }));
    metrics.keptReferrals.inc({ result: 'done' });
    return snapshot;
  } catch (error) {
    if (!isHopeless(error)) throw error;
    metrics.keptReferrals.inc({ result: 'parked' });
    log.error({ eventId, type }, 'an event could not be handled and is parked');
    return await activities.parkReferralEvent({ ...ref, eventId, reason: error.message });
  }
}
