import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Fields that could name a person; they are cut out wherever a careless call puts them. */
const PERSONAL = [
  'email',
  'ip',
  'userAgent',
  'authorization',
  'cookie',
  'destination',
  'subject',
  'externalId',
  'payload',
];

/** JSON lines on standard output. `service` is api, worker, … */
export function createLog(service: string, level: string): Log {
  return pino({
    level,
    base: { service },
    redact: { paths: PERSONAL.flatMap((field) => [field, `*.${field}`]), remove: true },
    serializers: { err: describeError },
  });
}

/**
 * An error for the log: type, code and stack, but not the message of a database error, which may quote a row.
 */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const fromDatabase = error.name.startsWith('Prisma') || 'severity' in error;
  const stack = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return {
    type: error.name,
    codes: errorCodes(error),
    message: fromDatabase ? '(kept out: a database error may quote a row)' : error.message,
    stack: stack.slice(0, 12).join('\n'),
  };
}

/**
 * Codes wherever Node, a driver, an adapter or Prisma may have put them: PostgreSQL's SQLSTATE, Prisma's
 * P-codes, errno names.
 */
export function errorCodes(holder: unknown): string[] {
  if (holder === null || typeof holder !== 'object') return [];
  const { code, originalCode, cause, meta, driverAdapterError } = holder as Record<string, unknown>;
  const own = [originalCode, code].filter((item): item is string => typeof item === 'string');
  return [...own, ...[cause, meta, driverAdapterError].flatMap(errorCodes)];
}
