/** Codes of Prisma, Node and PostgreSQL that say "no connection now", not "this statement is wrong". */
const DOWN = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '53300',
]);

const DOWN_MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|can't reach database|query read timeout|connection timeout|server closed the connection|closed the connection/i;

/** True when an error means that the database cannot be reached (or not in time), so that a retry may succeed. */
export function isDatabaseDown(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const code = 'code' in current ? current.code : undefined;
    if (typeof code === 'string' && DOWN.has(code)) return true;
    if (DOWN_MESSAGE.test(current.message)) return true;
    current = current.cause;
  }
  return false;
}

/** True for a breach of a unique constraint, however it is wrapped. */
export function isUniqueViolation(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && (current.code === 'P2002' || current.code === '23505')) return true;
    current = current.cause;
  }
  return false;
}
