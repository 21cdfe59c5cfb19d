import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../platform/ports.ts';
import { startPostgres } from './postgres.ts';
import { unprivilegedUser } from './postgres-cluster.ts';
import { nativeFolder, nativeProgram } from './postgres-native.ts';
import { reachableNative } from './postgres-reach.ts';
import { temporaryFolder } from './temporary.ts';

const isRoot = process.getuid?.() === 0 && existsSync('/proc/self/fd');

/** As root's home is in most containers: two folders that nobody but root may enter. */
const home = mkdtempSync(path.join(tmpdir(), 'referral-home-'));
const clone = path.join(home, 'clone');
mkdirSync(clone, { mode: 0o700 });
const cache = temporaryFolder('referral-cache-');

afterAll(() => {
  for (const folder of [home, cache]) rmSync(folder, { recursive: true, force: true });
});

describe.runIf(isRoot)('started by root where nobody else may enter', { timeout: 60_000 }, () => {
  test('PostgreSQL keeps its data there, and finds it again, and the folders stay closed', async () => {
    const options = {
      dataDir: path.join(clone, '.data', 'postgres'),
      password: 'test',
      port: await freePort(),
    };
    const ask = async (sql: string) => {
      const server = await startPostgres(options);
      const client = new pg.Client({ connectionString: server.url });
      try {
        await client.connect();
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
        await server.stop();
      }
    };
    await ask('CREATE TABLE kept AS SELECT 7 AS answer');
    expect(await ask('SELECT answer FROM kept')).toEqual([{ answer: 7 }]);
    expect(statSync(path.join(options.dataDir)).uid).toBe(unprivilegedUser()?.uid);
    for (const folder of [home, clone]) expect(statSync(folder).mode & 0o777, folder).toBe(0o700);
  });

  test('its programs are copied once to where its user may run them', () => {
    const user = unprivilegedUser();
    const own = path.join(clone, 'native');
    cpSync(nativeFolder(), own, { recursive: true, verbatimSymlinks: true });
    cpSync(path.join(nativeFolder(), '..', 'package.json'), path.join(clone, 'package.json'));
    chmodSync(own, 0o700);
    const reached = reachableNative(own, user, path.join(cache, 'engine'));
    const program = nativeProgram(reached, 'postgres');
    expect(program.startsWith(cache)).toBe(true);
    expect(execFileSync(program, ['--version'], { encoding: 'utf8', cwd: '/', ...user })).toContain('18.');
    const made_ms = statSync(reached).ctimeMs;
    expect(reachableNative(own, user, path.join(cache, 'engine'))).toBe(reached);
    expect(statSync(reached).ctimeMs).toBe(made_ms);
    expect(reachableNative(own, undefined)).toBe(own);
  });

  test('and where no copy can be made, one sentence says what to do', () => {
    const own = path.join(clone, 'native');
    expect(() => reachableNative(own, unprivilegedUser(), '/dev/null/none')).toThrow(/such as \/srv/);
  });
});
