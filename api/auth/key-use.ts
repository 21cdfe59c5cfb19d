import type { Database } from '../../prisma/client.ts';
import { TtlCache } from '../cache/ttl-cache.ts';

/** How exactly it is known when a key was last used. */
export const KEY_USE_MS = 60_000;

/**
 * Notes that a key is used, in the database at most once a minute for each key and process. Nobody waits for
 * it, and nobody hears that it failed: the request is what counts. A process that is killed forgets the last
 * one.
 */
export function createKeyUse(db: Database, now: () => number, keys_max: number): (keyId: string) => void {
  const noted = new TtlCache<true>(KEY_USE_MS, keys_max);
  return (keyId) => {
    const now_ms = now();
    if (noted.get(keyId, now_ms) === true) return;
    noted.set(keyId, true, now_ms);
    const at = new Date(now_ms);
    db.$executeRaw`
      UPDATE api_keys SET last_used_at = greatest(last_used_at, ${at}) WHERE id = ${keyId}::uuid`.catch(
      () => undefined,
    );
  };
}
