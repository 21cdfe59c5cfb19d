import type pg from 'pg';
import { vi } from 'vitest';

/**
 * Stops time between commit and answer: the transaction that writes `type` to the outbox waits, once its
 * commit is on disk, for a standby that does not exist. Its client has no answer, and nobody sees what it
 * wrote before `thaw`.
 */
export interface Freeze {
  /** Resolves when a transaction is committed and its client waits for the answer. */
  untilFrozen(): Promise<void>;
  thaw(): Promise<void>;
}

async function setStandby(owner: pg.Pool, name: string): Promise<void> {
  await owner.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await owner.query('SELECT pg_reload_conf()');
  await vi.waitUntil(async () => {
    const { rows } = await owner.query('SHOW synchronous_standby_names');
    return rows[0].synchronous_standby_names === name;
  });
}

async function frozenCount(owner: pg.Pool): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
  );
  return rows[0]?.count ?? 0;
}

export async function freezeCommitOf(owner: pg.Pool, type: string): Promise<Freeze> {
  await owner.query(`
    CREATE OR REPLACE FUNCTION storm_freeze() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM set_config('synchronous_commit', 'on', true); RETURN NEW; END $$`);
  await owner.query(`
    CREATE OR REPLACE TRIGGER storm_freeze BEFORE INSERT ON outbox FOR EACH ROW
    WHEN (NEW.type = '${type}') EXECUTE FUNCTION storm_freeze()`);
  await setStandby(owner, 'nobody');
  return {
    untilFrozen: () =>
      vi
        .waitUntil(async () => (await frozenCount(owner)) > 0, { timeout: 20_000, interval: 20 })
        .then(() => undefined),
    async thaw() {
      await setStandby(owner, '');
      await vi.waitUntil(async () => (await frozenCount(owner)) === 0, { timeout: 10_000 });
      await owner.query('DROP TRIGGER storm_freeze ON outbox');
    },
  };
}
