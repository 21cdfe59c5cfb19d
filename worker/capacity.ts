import type { Config } from '../platform/config.ts';
import { usableCpus } from '../platform/cpus.ts';

/** Most of a workflow task's time is waiting. More at once than this wait for a core until they time out. */
const TASKS_PER_CPU = 50;
const TASKS_MIN = 10;
/**
 * Enough to keep a core busy: with 1.5 a core, `npm run bench -- lifecycle` did 26 lifecycles a second, not
 * 40. What is handed over beyond that only stands before the next program’s.
 */
const PARCELS_PER_CPU = 20;
const PARCELS_MIN = 2;

/** How much a worker takes on at once. */
export interface Capacity {
  /** Workflow tasks under way. */
  readonly tasks_max: number;
  /** Workflows that the pump has under decision while more wait. */
  readonly parcels_max: number;
}

/** What the configuration says; where it says nothing, what fits the cores that the process may use. */
export function capacityOf(
  { WORKER_CONCURRENCY, PUMP_BATCH }: Pick<Config, 'WORKER_CONCURRENCY' | 'PUMP_BATCH'>,
  cpus = usableCpus(),
): Capacity {
  return {
    tasks_max: WORKER_CONCURRENCY ?? Math.max(TASKS_MIN, Math.round(TASKS_PER_CPU * cpus)),
    parcels_max: PUMP_BATCH ?? Math.max(PARCELS_MIN, Math.round(PARCELS_PER_CPU * cpus)),
  };
}
