/** Codes of Prisma, Node and PostgreSQL that say "no connection now", not "this statement is wrong". */
const DOWN: ReadonlySet<string> = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE'],
  // PostgreSQL: shutting down, crashed, starting, statement timeout, connection exceptions, too many
  // connections.
  ...['57P01', '57P02', '57P03', '57014', '08000', '08001', '08003', '08004', '08006', '53300'],
  // Prisma's driver adapter.
  ...['DatabaseNotReachable', 'SocketTimeout', 'ConnectionClosed', 'TooManyConnections'],
]);

/** PostgreSQL ends the session with such an error, whatever the statement was. */
const FATAL: ReadonlySet<string> = new Set(['FATAL', 'PANIC']);

/** What drivers say without a code when they have lost the database. */
const DOWN_MESSAGE = new RegExp(
  [
    'connection terminated',
    'timeout exceeded when trying to connect',
    'query read timeout',
    'connection timeout',
    'closed the connection',
    'is not queryable',
  ].join('|'),
  'i',
);

/** How deep an error's causes are looked into; each layer of the stack wraps it once. */
const DEPTH_MAX = 6;

type Fields = Readonly<Record<string, unknown>>;

/**
 * True when an error means that the database cannot be reached (or not in time), so that a retry may succeed.
 */
export function isDatabaseDown(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < DEPTH_MAX && isFields(current); depth += 1) {
    if (saysDown(current)) return true;
    current = current['cause'] ?? adapterErrorOf(current);
  }
  return false;
}

const isFields = (value: unknown): value is Fields => value !== null && typeof value === 'object';

function saysDown({ code, originalCode, kind, severity, message }: Fields): boolean {
  if ([code, originalCode, kind].some((name) => typeof name === 'string' && DOWN.has(name))) return true;
  if (typeof severity === 'string' && FATAL.has(severity)) return true;
  return typeof message === 'string' && DOWN_MESSAGE.test(message);
}

/** Prisma keeps what its driver said apart from the chain of causes. */
function adapterErrorOf({ meta }: Fields): unknown {
  return isFields(meta) ? meta['driverAdapterError'] : undefined;
}

/** Classes of SQLSTATE that find fault with the rows: data exceptions and broken constraints. */
const ROWS_FAULT = /^2[23][0-9A-Z]{3}$/;

/** True when PostgreSQL refuses what a statement of `pg` brings, so that it may take other rows. */
export const isDataRefused = (error: unknown): boolean =>
  isFields(error) && typeof error['code'] === 'string' && ROWS_FAULT.test(error['code']);

/** True when PostgreSQL refused a row because another has its key, as Prisma says it. */
export const isUniqueViolation = (error: unknown): boolean => isFields(error) && error['code'] === 'P2002';
