import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureAppLogin, ensureDatabase } from '../../local/app-login.ts';
import { startPostgres } from '../../local/postgres.ts';
import { freePort } from '../../platform/ports.ts';
import { migrate } from '../../prisma/migrate.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { memoryFolder } from './memory-folder.ts';

/** What every test process is told of the one PostgreSQL server of this run. */
export interface TestServer {
  /** Superuser's URL of the database `postgres`. */
  readonly adminUrl: string;
  /** A migrated database that new ones are copied from; nobody may stay connected to it. */
  readonly template: string;
  readonly appLogin: { readonly name: string; readonly password: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
    /** File with the workflow bundle of this source. */
    workflowBundle: string;
  }
}

const TEMPLATE = 'referral_template';
const appLogin = { name: 'referral_test', password: 'referral_test' };

/** Starts the run's PostgreSQL, migrates the template once, and stops everything at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = memoryFolder('referral-test-');
  const server = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    port: await freePort(),
    password: 'test',
    ephemeral: true,
    // Each of many databases would be looked at every two seconds.
    settings: { max_connections: '400', autovacuum_naptime: '10s' },
  });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const templateUrl = await ensureDatabase(server.url, TEMPLATE);
    await migrate(templateUrl);
    await ensureAppLogin(templateUrl, appLogin.name, appLogin.password);
    const bundle = path.join(folder, 'workflow-bundle.js');
    writeFileSync(bundle, await bundleWorkflows());
    execFileSync(process.execPath, [path.resolve(import.meta.dirname, '../../capture/bundle.mjs')]);
    project.provide('workflowBundle', bundle);
    project.provide('testServer', { adminUrl: server.url, template: TEMPLATE, appLogin });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
