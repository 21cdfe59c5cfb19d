import { nameId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';

/** So many tries in a window of so many seconds. */
export interface AttemptRule {
  readonly max: number;
  readonly window: number;
}

/** How a try stands: allowed, or to be repeated after some seconds. */
export interface CountedAttempt {
  readonly allowed: boolean;
  readonly retryAfter: number | null;
}

/**
 * Counts tries of what `parts` name, over all processes. A window begins with its first try and ends for
 * good: tries that were refused do not prolong it.
 */
export async function countAttempt(
  db: Database,
  parts: readonly string[],
  { max, window }: AttemptRule,
): Promise<CountedAttempt> {
  const [row] = await db.$queryRaw<{ tries: number; rest_s: number }[]>`
    INSERT INTO user_attempts AS a (id, tries, expires_at)
    VALUES (${nameId(...parts)}::uuid, 1, now() + make_interval(secs => ${window}))
    ON CONFLICT (id) DO UPDATE SET
      tries = CASE WHEN a.expires_at <= now() THEN 1 ELSE LEAST(a.tries, ${max}) + 1 END,
      expires_at = CASE WHEN a.expires_at <= now() THEN EXCLUDED.expires_at ELSE a.expires_at END
    RETURNING tries, ceil(extract(epoch FROM expires_at - now()))::int AS rest_s`;
  const { tries, rest_s } = row ?? { tries: 1, rest_s: window };
  return tries <= max
    ? { allowed: true, retryAfter: null }
    : { allowed: false, retryAfter: Math.max(1, rest_s) };
}

/** Forgets the tries of what `parts` name. */
export async function forgetAttempts(db: Database, parts: readonly string[]): Promise<void> {
  await db.userAttempt.deleteMany({ where: { id: nameId(...parts) } });
}
