/**
 * What a moment of the database saw, as PostgreSQL's `pg_snapshot` says it: every transaction below `xmin`
 * had ended, none from `xmax` on had begun, and of those between them `running` had not ended.
 */
export interface Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  /** Ascending. */
  readonly running: readonly bigint[];
}

/** Whether what a transaction wrote was there in that moment, if it was not rolled back. */
export const sees = ({ xmin, xmax, running }: Snapshot, xid: bigint): boolean =>
  xid < xmin || (xid < xmax && !running.includes(xid));

/**
 * Whether a moment is at least as late as another of the same database: it sees all that the other saw.
 */
export const isNotBefore = (moment: Snapshot, other: Snapshot): boolean =>
  moment.xmax >= other.xmax && !moment.running.some((xid) => sees(other, xid));

/** Transaction ids are of 63 bits here: at a million a second, PostgreSQL takes 292,000 years to them. */
const XID_MAX = 2n ** 63n - 1n;

/** PostgreSQL counts in 32 bits beside an epoch, and never gives out the first id of an epoch. */
const isXid = (xid: bigint): boolean => xid > 0n && xid <= XID_MAX && BigInt.asUintN(32, xid) !== 0n;

/** A snapshot of these parts; null when no moment can have been so. */
export function checkedSnapshot(xmin: bigint, xmax: bigint, running: readonly bigint[]): Snapshot | null {
  const isOrdered = running.every((xid, at) => xid >= (at === 0 ? xmin : (running[at - 1] ?? xid) + 1n));
  const isWithin = running.every((xid) => xid < xmax);
  const fits = [xmin, xmax, ...running].every(isXid) && xmin <= xmax && isOrdered && isWithin;
  return fits ? { xmin, xmax, running } : null;
}

/** A snapshot from PostgreSQL's text, `xmin:xmax:running,running`; null when it is none. */
export function parseSnapshot(text: string): Snapshot | null {
  const [, xmin = '', xmax = '', running = ''] =
    /^(\d{1,19}):(\d{1,19}):((?:\d{1,19},)*\d{1,19})?$/.exec(text) ?? [];
  if (xmin === '') return null;
  return checkedSnapshot(BigInt(xmin), BigInt(xmax), running === '' ? [] : running.split(',').map(BigInt));
}

/** PostgreSQL's text of a snapshot. */
export const snapshotText = ({ xmin, xmax, running }: Snapshot): string =>
  `${xmin}:${xmax}:${running.join(',')}`;
