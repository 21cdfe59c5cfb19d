import { ApplicationFailure } from '@temporalio/common';
import { errorCodes, type Log } from '../platform/log.ts';

/** Codes of PostgreSQL, Prisma and Node that say "not now" rather than "never". */
const PASSING = new RegExp(
  '^(08|40|53|55P03|57|58|P1001|P1002|P1008|P1017|P2024|P2028|P2034|' +
    'ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)',
);
/** Prisma's code for any failed raw query: the reason stands beneath it. */
const RAW_QUERY_FAILED = 'P2010';
const PASSING_NAMES = new Set([
  'DriverAdapterError',
  'PrismaClientInitializationError',
  'PrismaClientRustPanicError',
]);

/** What Prisma's adapter calls them where it passes on no code. */
const PASSING_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

function hasPassingKind(holder: unknown): boolean {
  if (holder === null || typeof holder !== 'object') return false;
  const { kind, cause, meta, driverAdapterError } = holder as Record<string, unknown>;
  if (typeof kind === 'string' && PASSING_KINDS.has(kind)) return true;
  return [cause, meta, driverAdapterError].some(hasPassingKind);
}

/**
 * Returns whether a later try may succeed: the database was away, we lost a deadlock, or a pool was empty.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (hasPassingKind(error)) return true;
  const codes = errorCodes(error).filter((code) => code !== RAW_QUERY_FAILED);
  if (codes.length > 0) return codes.some((code) => PASSING.test(code));
  return (
    PASSING_NAMES.has(error.name) ||
    /timeout|terminated|closed|Connection|starting up|shutting down/i.test(error.message)
  );
}

/** What is thrown where a later try finds it otherwise, as after a serialization failure. */
export const tryAgain = (message: string): Error => Object.assign(new Error(message), { code: '40001' });

type AnyActivity = (...args: never[]) => Promise<unknown>;

/**
 * Wraps activities so that only what anyone in the Web UI may read reaches a workflow's history: the class of
 * the trouble and an id that stands in the log beside its cause. No row, no address, no stack.
 */
export function guarded<T extends Record<string, AnyActivity>>(
  activities: T,
  log: Log,
  newId: () => string,
): T {
  const entries = Object.entries(activities).map(([name, run]) => {
    const wrapped = async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        throw fitForHistory(error, name, log, newId());
      }
    };
    return [name, wrapped];
  });
  return Object.fromEntries(entries) as T;
}

function fitForHistory(error: unknown, activity: string, log: Log, id: string): unknown {
  if (error instanceof ApplicationFailure) return error;
  if (isPassing(error)) {
    log.warn(
      { err: error, activity, id },
      'an activity could not reach the database and will be tried again',
    );
    return ApplicationFailure.retryable(
      `${activity}: the database cannot be reached (log ${id})`,
      'Unavailable',
    );
  }
  log.error({ err: error, activity, id }, 'an activity met an impossible state');
  return ApplicationFailure.nonRetryable(`${activity}: an impossible state (log ${id})`, 'Bug');
}
