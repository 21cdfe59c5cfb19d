import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../local/ports.ts';
import { temporaryFolder } from '../local/temporary.ts';
import { onPath } from '../local/tool.ts';
import { projectRoot } from '../prisma/root.ts';

interface Run {
  readonly child: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  readonly exited: Promise<number | null>;
  /** Resolves when the text is printed; rejects when the process ends before. */
  until(text: string): Promise<void>;
}

interface Recorded {
  readonly name: string;
  readonly pid: number;
}

const root = projectRoot();
const READY = 'The engine runs';
const folder = temporaryFolder('referral-local-');
const dataDir = path.join(folder, 'data');
const running = new Set<Run>();
let ports: Record<string, string>;

/** `npm start` without npm in between, so that signals go to the process itself. */
function start(
  env: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
  [command = '', ...first] = [process.execPath, path.join(root, 'local', 'start.mjs')],
): Run {
  const {
    DATABASE_URL,
    MIGRATE_DATABASE_URL,
    TEMPORAL_ADDRESS,
    NODE_ENV,
    npm_lifecycle_event,
    ...inherited
  } = process.env;
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    env: { ...inherited, DATA_DIR: dataDir, ...ports, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += String(chunk);
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const run: Run = {
    child,
    output: () => printed,
    exited,
    async until(text) {
      const ended = exited.then(() => true);
      while (!printed.includes(text)) {
        const over = await Promise.race([
          ended,
          new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
        ]);
        if (over && !printed.includes(text)) throw new Error(`ended without "${text}":\n${printed}`);
      }
    },
  };
  running.add(run);
  exited.then(() => running.delete(run));
  return run;
}

function children(): Recorded[] {
  return (JSON.parse(readFileSync(path.join(dataDir, 'lock.json'), 'utf8')) as { children: Recorded[] })
    .children;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended and was not yet waited for by its new parent still has its pid.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(processes: readonly Recorded[], withinMs: number): Promise<string[]> {
  const deadline = Date.now() + withinMs;
  const left = () => processes.filter(({ pid }) => lives(pid)).map(({ name }) => name);
  while (left().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  return left();
}

beforeAll(async () => {
  const names = ['API_PORT', 'WORKER_PORT', 'POSTGRES_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
  ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())])));
});

afterEach(async () => {
  for (const run of running) {
    run.child.kill('SIGTERM');
    await run.exited;
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
    expect(readFileSync(key, 'utf8')).toMatch(/^rk_\w+_\w+\n$/);
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

  test('a second start keeps the data and the key, and is ready within ten seconds', {
    retry: 2,
  }, async () => {
    const key = readFileSync(path.join(dataDir, 'platform-key'), 'utf8');
    const run = start();
    await run.until(READY);
    expect(Number(/ready after ([\d.]+) s/.exec(run.output())?.[1])).toBeLessThanOrEqual(10);
    expect(readFileSync(path.join(dataDir, 'platform-key'), 'utf8')).toBe(key);
  });

  test('when a child crashes, one sentence names it and its log, and everything else is stopped', async () => {
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

describe('what goes wrong is said in one sentence with what to do', { timeout: 60_000 }, () => {
  const fresh = () => path.join(folder, `data-${Math.random().toString(36).slice(2)}`);

  test('a port in use: which, and the variable that changes it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(Number(ports['API_PORT']), '127.0.0.1', resolve));
    const run = start();
    expect(await run.exited).toBe(1);
    taken.close();
    expect(run.output()).toContain(`Port ${ports['API_PORT']}, which the API needs, is already in use`);
    expect(run.output()).toContain('API_PORT=<port>');
  });

  test('a half-initialised data folder: to delete it', async () => {
    const data = fresh();
    mkdirSync(path.join(data, 'postgres'), { recursive: true });
    writeFileSync(path.join(data, 'postgres', 'postgresql.conf'), '');
    const run = start({ DATA_DIR: data });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain(`${path.join(data, 'postgres')} is only half initialised: delete it`);
    expect(existsSync(path.join(data, 'lock.json'))).toBe(false);
  });

  test('a data folder of another PostgreSQL version: to move it away', async () => {
    const data = fresh();
    mkdirSync(path.join(data, 'postgres', 'global'), { recursive: true });
    writeFileSync(path.join(data, 'postgres', 'global', 'pg_control'), '');
    writeFileSync(path.join(data, 'postgres', 'PG_VERSION'), '15\n');
    const run = start({ DATA_DIR: data });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('was made by PostgreSQL 15');
  });

  test('no Python: to install it, or to set TEMPORAL_CLI_PATH', async () => {
    const bin = path.join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['id', 'sh']) {
      const program = onPath([name]);
      if (program && !existsSync(path.join(bin, name))) symlinkSync(program, path.join(bin, name));
    }
    // The proxy that nobody runs keeps the SDK from downloading the program instead.
    const env = {
      PATH: bin,
      TOOLS_DIR: path.join(folder, 'tools'),
      HTTPS_PROXY: 'http://127.0.0.1:9',
      TEMPORAL_CLI_PATH: '',
    };
    const run = start({ DATA_DIR: fresh(), ...env });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('install Python 3 with pip, or set TEMPORAL_CLI_PATH');
  });

  test('a TEMPORAL_CLI_PATH that is no program: to correct it', async () => {
    const run = start({ DATA_DIR: fresh(), TEMPORAL_CLI_PATH: path.join(folder, 'nothing') });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('TEMPORAL_CLI_PATH names');
  });

  test('a database that cannot be reached: which, and the variable', async () => {
    const run = start({ DATA_DIR: fresh(), DATABASE_URL: 'postgresql://nobody:secret@127.0.0.1:9/none' });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('PostgreSQL at 127.0.0.1:9/none (DATABASE_URL) cannot be reached');
    expect(run.output()).not.toContain('secret');
  });

  test('a Temporal server that cannot be reached: which, and the variable', async () => {
    const run = start({ DATA_DIR: fresh(), TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('Temporal at 127.0.0.1:9 (TEMPORAL_ADDRESS)');
  });

  test('a variable that cannot be understood: which', async () => {
    const run = start({ DATA_DIR: fresh(), API_PORT: 'three thousand' });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('API_PORT');
  });
});
