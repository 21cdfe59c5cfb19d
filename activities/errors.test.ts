import { ApplicationFailure } from '@temporalio/common';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createLog } from '../platform/log.ts';
import { createDatabase } from '../prisma/client.ts';
import { useDatabase } from '../tests/support/database.ts';
import { guarded, isPassing } from './errors.ts';

const database = useDatabase();

const failureOf = (run: () => Promise<unknown>) =>
  run().then(
    () => null,
    (error: unknown) => error,
  );

test('a database that is not there is worth another try, with every driver that we use', async () => {
  const url = 'postgresql://nobody:none@127.0.0.1:9/none';
  const away = createDatabase({ url, poolMax: 1 });
  expect(isPassing(await failureOf(() => away.$queryRaw`SELECT 1`))).toBe(true);
  expect(isPassing(await failureOf(() => away.member.count()))).toBe(true);
  expect(isPassing(await failureOf(() => new pg.Client({ connectionString: url }).connect()))).toBe(true);
  await away.$disconnect();
});

test('a deadlock, a serialization failure and a terminated connection are worth another try', async () => {
  const { db } = database;
  for (const code of ['40P01', '40001', '57P01', '53300']) {
    const raised = await failureOf(() =>
      db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${code}'; END $$`),
    );
    expect(isPassing(raised), code).toBe(true);
  }
});

test('what will fail every time is not tried again', async () => {
  const { db } = database;
  for (const sql of ['SELECT 1 / 0', 'SELECT * FROM nowhere', "SELECT 'x'::uuid", 'SELEC']) {
    expect(isPassing(await failureOf(() => db.$queryRawUnsafe(sql))), sql).toBe(false);
  }
  expect(isPassing(new Error('impossible refusal'))).toBe(false);
  expect(isPassing('text')).toBe(false);
});

test('a workflow’s history names the failed activity and a log entry, no row, address or SQL', async () => {
  const activities = guarded(
    { look: () => database.db.$queryRawUnsafe("SELECT 'bob@example.org'::uuid") },
    createLog('test', 'silent'),
    () => 'log-1',
  );
  const failure = await failureOf(() => activities.look());
  if (!(failure instanceof ApplicationFailure)) throw new Error('it did not fail as activities do');
  expect(failure).toMatchObject({
    type: 'Bug',
    nonRetryable: true,
    message: 'look: an impossible state (log log-1)',
  });
  expect(JSON.stringify(failure)).not.toContain('bob@');
  expect(failure.cause).toBeUndefined();
});

test('a connection that breaks within a transaction is worth another try', async () => {
  const { db, ownerUrl } = database;
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const broken = await failureOf(() =>
    db.$transaction(async (tx) => {
      const [own] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      await owner.query('SELECT pg_terminate_backend($1)', [own?.pid]);
      await tx.$queryRaw`SELECT 1`;
    }),
  );
  await owner.end();
  expect(broken).toBeInstanceOf(Error);
  expect(isPassing(broken)).toBe(true);
});
