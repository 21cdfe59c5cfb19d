import type { Tx } from '../../prisma/client.ts';
import type { Principal } from '../auth/auth.ts';
import { fail } from '../http/errors.ts';

interface LockedKey {
  readonly id: string;
  readonly revokedAt: Date | null;
  readonly expiresAt: Date | null;
}

/**
 * Locks the key that asks and the keys that it asks about, all in one order, until the transaction ends. The
 * one that asks must still be good: it may have been revoked since it was let in, by a process whose word
 * takes two seconds, or by the very key that it is about to revoke. Throws `key_revoked` or `key_expired`.
 * An operator asks without a key.
 */
export async function lockKeys(
  tx: Tx,
  { id: askerId, role }: Principal,
  subjectIds: readonly string[],
  now: Date,
): Promise<void> {
  const ids = role === null ? [askerId, ...subjectIds] : [...subjectIds];
  const locked = await tx.$queryRaw<LockedKey[]>`
    SELECT id::text, revoked_at AS "revokedAt", expires_at AS "expiresAt"
    FROM api_keys WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
  if (role !== null) return;
  const asker = locked.find(({ id }) => id === askerId);
  if (asker === undefined || asker.revokedAt !== null) {
    throw fail('key_revoked', 'This API key was revoked.');
  }
  if (asker.expiresAt !== null && asker.expiresAt <= now) {
    throw fail('key_expired', 'This API key has expired: use the one that replaces it.');
  }
}
