import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { balancesOf } from '../ledger/balances.ts';
import { ensureDatabase } from '../local/app-login.ts';
import { useDatabase } from '../tests/support/database.ts';
import { createFixture } from '../tests/support/ledger.ts';
import { APPLICATION_ROLE, createDatabase } from './client.ts';
import { withClient } from './connection.ts';
import { draftMigration, schemaDrift } from './draft.ts';
import { functionFiles } from './functions.ts';
import { migrate } from './migrate.ts';
import { projectRoot } from './root.ts';

const folder = path.join(projectRoot(), 'prisma', 'migrations');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const query = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  withClient(url, async (client) => (await client.query(sql)).rows);

/** Each of these makes whole databases from all migrations, more than one of them. */
const TIMEOUT_MS = 90_000;

const database = useDatabase();

test(
  'schema.prisma asks for nothing that the migrations do not make',
  async () => {
    expect(await schemaDrift(database.ownerUrl)).toBeNull();
    const scratch = await query(
      database.ownerUrl,
      "SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate%'",
    );
    expect(scratch).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a migration drafted from the files is empty when they agree, else the whole function',
  async () => {
    expect(await draftMigration(database.ownerUrl)).toBeNull();
    const edited = functionFiles().map((file) =>
      file.name === 'board_split' ? { ...file, sql: file.sql.replace('/ 256', '/ 128') } : file,
    );
    const draft = await draftMigration(database.ownerUrl, edited);
    expect(draft).toBe(edited.find(({ name }) => name === 'board_split')?.sql);
  },
  TIMEOUT_MS,
);

test('every migration is on record as the Prisma CLI would write it: name, SHA-256, finished', async () => {
  const rows = await query(
    database.ownerUrl,
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, applied_steps_count
     FROM _prisma_migrations ORDER BY 1`,
  );
  const expected = names.map((name) => ({
    migration_name: name,
    checksum: createHash('sha256')
      .update(readFileSync(path.join(folder, name, 'migration.sql')))
      .digest('hex'),
    finished: true,
    applied_steps_count: 1,
  }));
  expect(rows).toEqual(expected);
});

test(
  'four processes that migrate an empty database at once apply each migration once',
  async () => {
    const url = await ensureDatabase(inject('testServer').adminUrl, 'test_migrate_at_once');
    try {
      const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(url)));
      expect(applied.flat().sort()).toEqual(names);
      const [row] = await query(url, 'SELECT count(*)::int AS n FROM _prisma_migrations');
      expect(row).toEqual({ n: names.length });
    } finally {
      await query(inject('testServer').adminUrl, 'DROP DATABASE test_migrate_at_once WITH (FORCE)');
    }
  },
  TIMEOUT_MS,
);

test('an owner of the tables who is no superuser can migrate, and the ledger then posts', async () => {
  const { adminUrl, appLogin } = inject('testServer');
  await query(adminUrl, `CREATE ROLE test_plain_owner LOGIN CREATEROLE PASSWORD 'plain'`);
  await query(adminUrl, `GRANT ${APPLICATION_ROLE} TO test_plain_owner WITH ADMIN OPTION`);
  await query(adminUrl, 'CREATE DATABASE test_plain OWNER test_plain_owner');
  const owner = new URL(adminUrl);
  Object.assign(owner, { pathname: '/test_plain', username: 'test_plain_owner', password: 'plain' });
  const app = new URL(owner);
  Object.assign(app, { username: appLogin.name, password: appLogin.password });
  const db = createDatabase({ url: app.href, poolMax: 2 });
  try {
    expect((await migrate(owner.href)).toSorted()).toEqual(names);
    const fixture = await createFixture(db);
    await fixture.give(10n);
    const [balance] = await balancesOf(db, fixture.programId, fixture.member);
    expect(balance).toMatchObject({ available_minor: 10n });
  } finally {
    await db.$disconnect();
    await query(adminUrl, 'DROP DATABASE test_plain WITH (FORCE)');
    await query(adminUrl, 'DROP ROLE test_plain_owner');
  }
});

test('migrating again does nothing', async () => {
  expect(await migrate(database.ownerUrl)).toEqual([]);
});
