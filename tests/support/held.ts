import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { withClient } from '../../prisma/connection.ts';

/**
 * Runs `meanwhile` while a transaction of another session holds what `sql` has locked or changed, and then
 * commits that transaction. `waiters` returns once so many sessions of the database wait for a lock.
 */
export function whileHeld<T>(
  ownerUrl: string,
  sql: string,
  meanwhile: (waiters: (count: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  return withClient(ownerUrl, (holder) =>
    withClient(ownerUrl, async (watcher) => {
      await holder.query('BEGIN');
      await holder.query(sql);
      const result = await meanwhile((count) => waitersIn(watcher, count));
      await holder.query('COMMIT');
      return result;
    }),
  );
}

/** Returns once so many sessions of the watcher's database wait for a lock. */
export async function waitersIn(watcher: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await watcher.query<{ waiting: number }>(`
      SELECT count(*)::int AS waiting FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    if ((rows[0]?.waiting ?? 0) >= count) return;
    await sleep(20);
  }
}
