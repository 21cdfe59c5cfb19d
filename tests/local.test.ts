import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { gone, READY, useLocalEngine } from './support/local.ts';

const { dataDir, ports, start, children } = useLocalEngine();

describe('one command runs the whole engine', { timeout: 120_000 }, () => {
  test('--help explains the options and the variables, and starts nothing', async () => {
    const run = start({}, ['--help']);
    expect(await run.exited).toBe(0);
    for (const word of [
      'npm start',
      'DATA_DIR',
      ...Object.keys(ports),
      'DATABASE_URL',
      'TEMPORAL_ADDRESS',
      'Ctrl-C',
    ]) {
      expect(run.output()).toContain(word);
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  test('an unknown option is refused with a way to help', async () => {
    const run = start({}, ['--frobnicate']);
    expect(await run.exited).toBe(2);
    expect(run.output()).toContain('--help');
  });

  test('a first start makes everything, says where it is, and SIGTERM leaves nothing running', async () => {
    const run = start();
    await run.until(READY);
    await run.until('Ctrl-C stops all of it');
    for (const [name, port] of Object.entries(ports)) expect(run.output(), name).toContain(`:${port}`);
    const key = path.join(dataDir, 'platform-key');
    expect(run.output()).toContain(key);
    expect(readFileSync(key, 'utf8')).toMatch(/^sk_platform_\w+_\w+\n$/);
    for (const secret of ['platform-key', 'stack.json', 'secrets/postgres', 'secrets/app']) {
      expect(statSync(path.join(dataDir, secret)).mode & 0o077, secret).toBe(0);
    }
    const api = await fetch(`http://127.0.0.1:${ports['API_PORT']}/readyz`);
    expect(api.status).toBe(200);

    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`(process ${run.child.pid}) already runs on ${dataDir}`);

    const processes = children();
    expect(processes.map(({ name }) => name).sort()).toEqual(['API', 'PostgreSQL', 'Temporal', 'worker']);
    run.child.kill('SIGTERM');
    expect(await run.exited).toBe(0);
    expect(await gone(processes, 0)).toEqual([]);
    const order = [...run.output().matchAll(/stopping (\w+)/g)].map(([, name]) => name);
    expect(order).toEqual(['API', 'worker', 'Temporal', 'PostgreSQL']);
    expect(existsSync(path.join(dataDir, 'lock.json'))).toBe(false);
  });

  test('a second start keeps the data and the key, and says how soon it was ready', async () => {
    const key = readFileSync(path.join(dataDir, 'platform-key'), 'utf8');
    const run = start();
    await run.until(READY);
    // How soon it may be is for the benchmark "start" to say, on a machine that does nothing else.
    expect(run.output()).toMatch(/ready after [\d.]+ s/);
    expect(readFileSync(path.join(dataDir, 'platform-key'), 'utf8')).toBe(key);
  });

  test('when a child crashes, one sentence names it and its log, and the others are stopped', async () => {
    const run = start();
    await run.until(READY);
    const processes = children();
    const worker = processes.find(({ name }) => name === 'worker');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('worker ended by itself (signal SIGKILL');
    expect(run.output()).toContain(path.join(dataDir, 'logs', 'worker.log'));
    expect(await gone(processes, 0)).toEqual([]);
  });

  test('when the parent is killed, its children end, and the next start takes over', async () => {
    const run = start();
    await run.until(READY);
    const processes = children();
    run.child.kill('SIGKILL');
    await run.exited;
    expect(await gone(processes, 45_000)).toEqual([]);
    const next = start();
    await next.until(READY);
  });

  test('when npm, which started it, is told to end, nothing is left running', async () => {
    const run = start({}, [], ['npm', 'start']);
    await run.until(READY);
    const processes = children();
    run.child.kill('SIGTERM');
    expect(await gone(processes, 30_000)).toEqual([]);
  });

  test('a signal while it boots leaves nothing running', async () => {
    const run = start();
    await run.until('PostgreSQL started');
    const processes = children();
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(0);
    expect(await gone(processes, 0)).toEqual([]);
    expect(existsSync(path.join(dataDir, 'lock.json'))).toBe(false);
  });
});
