import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Rows that one statement deletes, so that none runs long. */
const STEP_MAX = 10_000;

/**
 * What is of no use any more: what people sign in with, records of payouts to erased members, each once its
 * time is over, and windows of rates.
 */
const EXPIRED: readonly (readonly [table: string, condition: string])[] = [
  ['user_sessions', 'expires_at <= now()'],
  ['user_verifications', 'expires_at <= now()'],
  ['user_attempts', 'expires_at <= now()'],
  ['user_emails', 'expires_at <= now()'],
  // The time for which the law wanted a record of a payout kept.
  ['held_payouts', 'until <= now()'],
  // A window lasts a minute.
  ['rate_windows', "started_at < now() - interval '1 hour'"],
];

/** Forgets what has expired, a part at a time. Gives how many rows. */
export async function forgetExpired(db: Database): Promise<number> {
  let forgotten = 0;
  for (const [table, condition] of EXPIRED) {
    const [name, isOver] = [Prisma.raw(table), Prisma.raw(condition)];
    for (let count = STEP_MAX; count === STEP_MAX; forgotten += count) {
      // The condition again: a row may have a new time since it was found.
      count = await db.$executeRaw`
        DELETE FROM ${name} WHERE ${isOver}
          AND ctid = ANY (ARRAY(SELECT ctid FROM ${name} WHERE ${isOver} LIMIT ${STEP_MAX}))`;
    }
  }
  return forgotten;
}
