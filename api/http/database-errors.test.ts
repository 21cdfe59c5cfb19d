import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { testDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { isDatabaseDown } from './database-errors.ts';

test('a connection lost inside a transaction says the database is down, so the caller repeats', async () => {
  const database = await testDatabase();
  const failure = await database.db
    .$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`;
      await rawSql(
        database.ownerUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE state = 'idle in transaction' AND datname = current_database()`,
      );
      await sleep(200);
      await tx.$queryRaw`SELECT 1`;
    })
    .catch((error: unknown) => error);
  expect(String(failure)).toContain('not queryable');
  expect(isDatabaseDown(failure)).toBe(true);
  await database.drop();
});
