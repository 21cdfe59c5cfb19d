import type { Activities } from '../../activities/create.ts';
import { isMemberCommand } from '../../domain/members/commands.ts';
import { isRewardCommand } from '../../domain/rewards/correction.ts';
import { memberOfWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Log } from '../../platform/log.ts';
import { MEMBER_BATCH_MAX } from '../../workflows/members/messages.ts';
import type { Keeper, Parcel } from '../events/deliver.ts';
import { createKeeper, inTries, isHopeless } from '../keeper.ts';
import type { WorkerMetrics } from '../metrics.ts';

export interface MemberKeeperOptions {
  readonly activities: Pick<Activities, 'keepMemberAtOnce' | 'parkMemberEvents'>;
  /** Hands a parcel to the member's workflow, which waits until one of the steps is due again. */
  readonly handOver: (parcel: Parcel) => Promise<void>;
  readonly log: Log;
  readonly metrics: Pick<WorkerMetrics, 'kept'>;
  /** Members kept at once. */
  readonly members_max: number;
}

/**
 * Keeps what members' events add up to without a workflow, as most of them leave nothing to wait for. Refuses
 * a parcel with operators' words, which the workflow carries out in their order.
 */
export const createMemberKeeper = (options: MemberKeeperOptions): Keeper =>
  createKeeper({
    ownerOf: (parcel) => (hasWords(parcel) ? null : memberOfWorkflow(parcel.workflowId)),
    keep: (memberId, parcel) => keep(options, memberId, parcel),
    owners_max: options.members_max,
  });

/** Whether an operator's word is among the events. */
const hasWords = ({ deliveries }: Parcel): boolean =>
  deliveries.some(({ type }) => isMemberCommand(type) || isRewardCommand(type));

/** Keeps a parcel, batch after batch. Never rejects: what it could not do, a pump takes again. */
async function keep(options: MemberKeeperOptions, memberId: string, parcel: Parcel): Promise<void> {
  const { log, metrics } = options;
  for (let from = 0; from < parcel.deliveries.length; from += MEMBER_BATCH_MAX) {
    const batch = { ...parcel, deliveries: parcel.deliveries.slice(from, from + MEMBER_BATCH_MAX) };
    try {
      metrics.kept.inc({ result: await keepBatch(options, memberId, batch) });
    } catch (error) {
      metrics.kept.inc({ result: 'failed' });
      const { workflowId } = parcel;
      log.warn({ err: error, workflowId }, 'a member could not be kept, and their events come again');
    }
  }
}

/** What became of a batch: done; handed to the workflow, which waits; or parked, as no try can do it. */
async function keepBatch(
  options: MemberKeeperOptions,
  memberId: string,
  batch: Parcel,
): Promise<'done' | 'handed over' | 'parked'> {
  const { activities, handOver, log } = options;
  const { programId, workflowId, deliveries } = batch;
  const eventIds = deliveries.map(({ eventId }) => eventId);
  const ref = () => ({ programId, memberId, eventIds, now_ms: Date.now() });
  try {
    const { due_at_ms } = await inTries(() => activities.keepMemberAtOnce(ref()));
    if (due_at_ms === null) return 'done';
    await handOver(batch);
    return 'handed over';
  } catch (error) {
    if (!isHopeless(error)) throw error;
    log.error(
      { workflowId, events: eventIds.length },
      'events of a member are parked: no try can handle them',
    );
    await activities.parkMemberEvents({ ...ref(), reason: error.message });
    return 'parked';
  }
}
