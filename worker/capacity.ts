import type { Config } from '../platform/config.ts';
import { usableCpus } from '../platform/cpus.ts';
import type { ParcelLimits } from './events/under-way.ts';

/** Most of a workflow task's time is waiting. More at once than this wait for a core until they time out. */
const TASKS_PER_CPU = 50;
const TASKS_MIN = 10;
/** Enough to keep a core busy. What is handed over beyond that only stands before the next program’s. */
const PARCELS_PER_CPU = 6;
/** Few enough that another program’s event takes about twice its time alone (`npm run bench -- fair`). */
const SHARED_PER_CPU = 1;
const PARCELS_MIN = 2;
/** Each of them waits for the database half of its time. */
const MEMBERS_PER_CPU = 2;
const REFERRALS_PER_CPU = 3;

/** How much a worker takes on at once. */
export interface Capacity extends ParcelLimits {
  /** Workflow tasks under way. */
  readonly tasks_max: number;
  /** Members kept at once without a workflow. */
  readonly members_max: number;
  /** Referrals whose events are decided at once without a workflow. */
  readonly referrals_max: number;
}

/** What the configuration says; where it says nothing, what fits the cores that the process may use. */
export function capacityOf(
  { WORKER_CONCURRENCY, PUMP_BATCH }: Pick<Config, 'WORKER_CONCURRENCY' | 'PUMP_BATCH'>,
  cpus = usableCpus(),
): Capacity {
  const parcels = (each: number) => Math.max(PARCELS_MIN, Math.round(each * cpus));
  const parcels_max = PUMP_BATCH ?? parcels(PARCELS_PER_CPU);
  return {
    tasks_max: WORKER_CONCURRENCY ?? Math.max(TASKS_MIN, Math.round(TASKS_PER_CPU * cpus)),
    parcels_max,
    members_max: Math.min(parcels_max, parcels(MEMBERS_PER_CPU)),
    referrals_max: Math.min(parcels_max, parcels(REFERRALS_PER_CPU)),
    shared_max: Math.min(parcels_max, parcels(SHARED_PER_CPU)),
  };
}
