import { setTimeout } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/create.ts';
import { isMemberCommand } from '../../domain/members/commands.ts';
import { isRewardCommand } from '../../domain/rewards/correction.ts';
import { memberOfWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Log } from '../../platform/log.ts';
import type { MemberKeeper, Parcel } from '../events/deliver.ts';
import type { WorkerMetrics } from '../metrics.ts';

/** Members that may wait to be kept. Of more than that, Temporal keeps the parcels. */
const WAITING_MAX = 200;
/** The most events that a member's steps handle together. */
const BATCH_MAX = 50;
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
  const waiting = new Map<string, Parcel>();
  const underWay = new Map<string, Promise<void>>();
  const nextParcel = (): Parcel | undefined => {
    const free = [...waiting.values()].filter(({ workflowId }) => !underWay.has(workflowId));
    return free.find(({ urgency }) => urgency !== 'bulk') ?? free[0];
  };
  const start = (): void => {
    while (underWay.size < options.members_max) {
      const parcel = nextParcel();
      if (parcel === undefined) return;
      const { workflowId } = parcel;
      waiting.delete(workflowId);
      const done = keep(options, parcel).finally(() => {
        underWay.delete(workflowId);
        start();
      });
      underWay.set(workflowId, done);
    }
  };
  return {
    take(parcel) {
      const held = waiting.get(parcel.workflowId);
      if (!isForKeeper(parcel) || (held === undefined && waiting.size >= WAITING_MAX)) return false;
      waiting.set(parcel.workflowId, held === undefined ? parcel : together(held, parcel));
      start();
      return true;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}

const isForKeeper = ({ workflowId, deliveries }: Parcel): boolean =>
  memberOfWorkflow(workflowId) !== null &&
  deliveries.every(({ type }) => !isMemberCommand(type) && !isRewardCommand(type));

function together(held: Parcel, { deliveries, urgency }: Parcel): Parcel {
  const isBulk = held.urgency === 'bulk' && urgency === 'bulk';
  return {
    ...held,
    deliveries: [...held.deliveries, ...deliveries],
    urgency: isBulk ? 'bulk' : 'early',
  };
}

/** Keeps a parcel, batch after batch. Never rejects: what it could not do, a pump takes again. */
async function keep(options: MemberKeeperOptions, parcel: Parcel): Promise<void> {
  const { log, metrics } = options;
  for (let from = 0; from < parcel.deliveries.length; from += BATCH_MAX) {
    const batch = { ...parcel, deliveries: parcel.deliveries.slice(from, from + BATCH_MAX) };
    try {
      metrics.kept.inc({ result: await keepBatch(options, batch) });
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
  batch: Parcel,
): Promise<'done' | 'handed over' | 'parked'> {
  const { activities, handOver, log } = options;
  const { programId, workflowId, deliveries } = batch;
  const memberId = memberOfWorkflow(workflowId) ?? '';
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
