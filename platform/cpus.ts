import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where a container's limit of CPU time is, in its own view: control groups version 2, then version 1. */
const QUOTA_V2 = '/sys/fs/cgroup/cpu.max';
const QUOTA_V1 = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
const PERIOD_V1 = '/sys/fs/cgroup/cpu/cpu.cfs_period_us';

/** Reads a file; null when it is not there. */
type Read = (file: string) => string | null;

const readText: Read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/**
 * The cores that this process may use, as a fraction where a quota is less than a core. Node.js 20 itself
 * counts cores and does not know quotas.
 */
export function usableCpus(cores = availableParallelism(), read: Read = readText): number {
  const [quota, period] = read(QUOTA_V2)?.trim().split(/\s+/) ?? [read(QUOTA_V1), read(PERIOD_V1)];
  const limit = Number(quota) / Number(period);
  return limit > 0 && Number.isFinite(limit) ? Math.min(cores, limit) : cores;
}
