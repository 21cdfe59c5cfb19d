import type { Database } from '../../prisma/client.ts';

/** Fixed windows: what was used counts until the window's end. */
export const WINDOW_MS = 60_000;
/** A process draws this many parts of a limit at a time, so that few requests ask the database. */
const LEASES_PER_WINDOW = 50;

/** How a key or a member stands after a request. */
export interface Allowance {
  readonly isAllowed: boolean;
  readonly limit: number;
  /** Requests left in the window, as far as this process knows. */
  readonly left: number;
  readonly reset_s: number;
}

interface Window {
  readonly startedAt_ms: number;
  leased: number;
  /** What the database says is left for all processes. */
  left: number;
  lease: Promise<void> | null;
}

export interface RateLimit {
  /** Counts one request of a key or a member. Null when there is no limit. */
  take(id: string): Promise<Allowance | null>;
}

/**
 * Limits the requests of each key or member, over all processes: each process leases a part of the limit from
 * the database, and counts by itself until that is used up. While the database is away, nobody is held up
 * here. `limit` is in requests a minute; 0: none.
 */
export function createRateLimit(db: Database, now: () => number, limit: number): RateLimit {
  const windows = new Map<string, Window>();
  const size = Math.max(1, Math.floor(limit / LEASES_PER_WINDOW));
  let current_ms = 0;

  function windowOf(keyId: string): Window {
    const startedAt_ms = now() - (now() % WINDOW_MS);
    if (startedAt_ms !== current_ms) windows.clear();
    current_ms = startedAt_ms;
    const window = windows.get(keyId) ?? { startedAt_ms, leased: 0, left: limit, lease: null };
    windows.set(keyId, window);
    return window;
  }

  async function lease(keyId: string, window: Window): Promise<void> {
    try {
      const used = await leaseOf(db, { keyId, startedAt: new Date(window.startedAt_ms), size, limit });
      window.leased += Math.max(0, Math.min(size, limit - used.before));
      window.left = Math.max(0, limit - used.before - size);
    } catch {
      // The procedure meets the same database, and says so.
      window.leased += size;
    }
  }

  return {
    async take(keyId) {
      if (limit === 0) return null;
      const window = windowOf(keyId);
      while (window.leased === 0 && window.left > 0) {
        window.lease ??= lease(keyId, window).finally(() => {
          window.lease = null;
        });
        await window.lease;
      }
      const isAllowed = window.leased > 0;
      if (isAllowed) window.leased -= 1;
      const reset_s = Math.max(1, Math.ceil((window.startedAt_ms + WINDOW_MS - now()) / 1_000));
      return { isAllowed, limit, left: window.leased + window.left, reset_s };
    },
  };
}

interface LeaseRequest {
  readonly keyId: string;
  readonly startedAt: Date;
  readonly size: number;
  readonly limit: number;
}

/** Draws on a key's window, which begins anew with a later one. Returns what was used before. */
async function leaseOf(
  db: Database,
  { keyId, startedAt, size, limit }: LeaseRequest,
): Promise<{ before: number }> {
  const [row] = await db.$queryRaw<{ used: number }[]>`
    INSERT INTO rate_windows AS w (key_id, started_at, used) VALUES (${keyId}::uuid, ${startedAt}, ${size})
    ON CONFLICT (key_id) DO UPDATE SET
      started_at = GREATEST(w.started_at, EXCLUDED.started_at),
      used = CASE WHEN w.started_at < EXCLUDED.started_at THEN ${size}
                  ELSE LEAST(w.used + ${size}, ${limit + size}) END
    RETURNING used`;
  return { before: (row?.used ?? size) - size };
}
