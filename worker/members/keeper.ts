import { setTimeout } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/create.ts';
import { isMemberCommand } from '../../domain/members/commands.ts';
import { isRewardCommand } from '../../domain/rewards/correction.ts';
import { memberOfWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Log } from '../../platform/log.ts';
import { MEMBER_BATCH_MAX } from '../../workflows/members/messages.ts';
import { type MemberKeeper, moreUrgent, type Parcel } from '../events/deliver.ts';
import type { WorkerMetrics } from '../metrics.ts';

/** Members that may wait to be kept. Of more than that, Temporal keeps the parcels. */
const WAITING_MAX = 200;
/** Tries of a batch while the database says "not now". After the last one the pump takes its events again. */
const TRIES_MAX = 4;
const FIRST_REST_MS = 100;

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
 * Keeps what members' events add up to without a workflow, as most of them leave nothing to wait for. Takes a
 * member's parcel after those of theirs that it holds; refuses one with operators' words, which the workflow
 * carries out in their order, and any when too many members wait. It remembers nothing: a pump takes again
 * what is not done when the process ends.
 */
export function createMemberKeeper(options: MemberKeeperOptions): MemberKeeper {
  // Both by member.
  const waiting = new Map<string, Parcel>();
  const underWay = new Map<string, Promise<void>>();
  const next = () => {
    const free = [...waiting].filter(([memberId]) => !underWay.has(memberId));
    return free.find(([, { urgency }]) => urgency !== 'bulk') ?? free[0];
  };
  const start = (): void => {
    while (underWay.size < options.members_max) {
      const [memberId, parcel] = next() ?? [];
      if (memberId === undefined || parcel === undefined) return;
      waiting.delete(memberId);
      const done = keep(options, memberId, parcel).finally(() => {
        underWay.delete(memberId);
        start();
      });
      underWay.set(memberId, done);
    }
  };
  return {
    take(parcel) {
      const memberId = memberOfWorkflow(parcel.workflowId);
      if (memberId === null || hasWords(parcel)) return false;
      const held = waiting.get(memberId);
      if (held === undefined && waiting.size >= WAITING_MAX) return false;
      waiting.set(memberId, held === undefined ? parcel : together(held, parcel));
      start();
      return true;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}

/** Whether an operator's word is among the events. */
const hasWords = ({ deliveries }: Parcel): boolean =>
  deliveries.some(({ type }) => isMemberCommand(type) || isRewardCommand(type));

const together = (held: Parcel, { deliveries, urgency }: Parcel): Parcel => ({
  ...held,
  deliveries: [...held.deliveries, ...deliveries],
  urgency: moreUrgent(held.urgency, urgency),
});

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

/** As the activities throw it where trying again cannot help. */
const isHopeless = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.nonRetryable === true;

async function inTries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (isHopeless(error) || tries >= TRIES_MAX) throw error;
      await setTimeout(FIRST_REST_MS * 2 ** (tries - 1));
    }
  }
}
