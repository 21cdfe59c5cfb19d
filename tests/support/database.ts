import { randomUUID } from 'node:crypto';
import { expect, inject } from 'vitest';
import { problemsOf, type StoredMessage } from '../../domain/messages.ts';
import { prove } from '../../ledger/prove.ts';
import { createDatabase, type Database } from '../../prisma/client.ts';
import { execute, withClient } from '../../prisma/connection.ts';
import type {} from './global-setup.ts';
import { useResource } from './resource.ts';

export interface TestDatabase {
  /** URL of the application's login. */
  readonly url: string;
  /** URL of the superuser, for raw attacks and for what only an owner may do. */
  readonly ownerUrl: string;
  readonly db: Database;
  /**
   * Closes `db` and removes the database, whoever is still connected. Fails when a message that a test left
   * in the outbox does not have the shape of its type.
   */
  drop(): Promise<void>;
}

const asAdmin = (sql: string) => execute(inject('testServer').adminUrl, sql);

/**
 * A migrated, empty database of the test's own, copied from the run's template.
 * `poolMax` bounds the connections of `db`.
 */
export async function testDatabase({ poolMax = 10 } = {}): Promise<TestDatabase> {
  const { adminUrl, template, appLogin } = inject('testServer');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  const owner = new URL(adminUrl);
  owner.pathname = `/${name}`;
  const app = new URL(owner);
  app.username = appLogin.name;
  app.password = appLogin.password;
  const db = createDatabase({ url: app.href, poolMax });
  return {
    url: app.href,
    ownerUrl: owner.href,
    db,
    async drop() {
      await db.$disconnect();
      const problems = await messageProblems(owner.href);
      await asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      if (problems.length > 0) throw new Error(`the outbox holds what no message is: ${problems.join(' ')}`);
    },
  };
}

/** Another database with the same content, as a backup restored beside it: there while `use` runs. */
export async function withCopyOf(
  { url, ownerUrl, db }: TestDatabase,
  use: (copy: { readonly db: Database; readonly ownerUrl: string }) => Promise<void>,
): Promise<void> {
  const name = `copy_${randomUUID().replaceAll('-', '')}`;
  await db.$disconnect();
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${new URL(ownerUrl).pathname.slice(1)} STRATEGY FILE_COPY`);
  const [app, owner] = [new URL(url), new URL(ownerUrl)];
  app.pathname = `/${name}`;
  owner.pathname = `/${name}`;
  const copy = createDatabase({ url: app.href, poolMax: 2 });
  try {
    await use({ db: copy, ownerUrl: owner.href });
  } finally {
    await copy.$disconnect();
    await asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

export interface DatabaseUse {
  /** Bounds the connections of `db`. */
  readonly poolMax?: number;
  /** The ledger's prover must accept what the tests leave behind; the file fails otherwise. */
  readonly isProved?: boolean;
}

/** What is wrong with the messages of a database's outbox, the first ten. */
function messageProblems(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<StoredMessage>(
      'SELECT key, subject, members, type, payload FROM outbox',
    );
    return rows.flatMap(problemsOf).slice(0, 10);
  });
}

/** A migrated, empty database that all tests of the file share. */
export function useDatabase({ poolMax = 10, isProved = false }: DatabaseUse = {}): TestDatabase {
  return useResource({
    make: () => testDatabase({ poolMax }),
    end: async (database) => {
      try {
        if (isProved) expect(await prove(database.url)).toMatchObject({ ok: true });
      } finally {
        await database.drop();
      }
    },
  });
}
