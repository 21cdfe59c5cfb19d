import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

const ACCOUNTS_PER_BRANCH = 100_000;
const TELLERS_PER_BRANCH = 10;

/**
 * Makes pgbench's tables as `pgbench -i` does, with as many branches as clients, which is the least its
 * manual advises.
 */
export async function createTpcb(ownerUrl: string, scale: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(`
      CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88))
        WITH (fillfactor = 100);
      CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))
        WITH (fillfactor = 100);
      CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))
        WITH (fillfactor = 100);
      CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
      INSERT INTO pgbench_branches SELECT n, 0, '' FROM generate_series(1, ${scale}) n;
      INSERT INTO pgbench_tellers SELECT n, (n - 1) / ${TELLERS_PER_BRANCH} + 1, 0, ''
        FROM generate_series(1, ${scale * TELLERS_PER_BRANCH}) n;
      INSERT INTO pgbench_accounts SELECT n, (n - 1) / ${ACCOUNTS_PER_BRANCH} + 1, 0, ''
        FROM generate_series(1, ${scale * ACCOUNTS_PER_BRANCH}) n`);
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

/**
 * Where pgbench is: on the PATH, or in the newest of Debian's PostgreSQL folders; undefined when it is not
 * installed.
 */
export function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    ...versions.map((it) => path.join(debian, it, 'bin')),
  ];
  return folders.map((folder) => path.join(folder, 'pgbench')).find((file) => existsSync(file));
}

/**
 * Runs pgbench: the scripts in these files, a random one each time, or its built-in TPC-B when there are
 * none. Its default protocol is `simple`: each statement is parsed and planned anew. Returns
 * transactions a second, without the time to connect. Errors: what pgbench printed, when a statement failed.
 */
export function runPgbench(
  pgbench: string,
  url: string,
  clients: number,
  duration_s: number,
  scripts: readonly string[] = [],
  protocol: 'prepared' | 'simple' = 'prepared',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const files = scripts.flatMap((script) => ['-f', script]);
    const args = [
      '-n',
      '-M',
      protocol,
      '-c',
      String(clients),
      '-j',
      '2',
      '-T',
      String(duration_s),
      ...files,
      url,
    ];
    const child = spawn(pgbench, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    child.on('error', reject);
    child.on('close', (code) => {
      const tps = /^tps = ([\d.]+)/m.exec(output)?.[1];
      if (tps === undefined || code !== 0) reject(new Error(`pgbench gave no rate: ${output}`));
      else resolve(Number(tps));
    });
  });
}

/** The same seven statements, sent by `pg` one after the other as pgbench sends them. */
export async function tpcbTransaction(client: pg.Client, scale: number): Promise<void> {
  const random = (max: number) => 1 + Math.floor(Math.random() * max);
  const [aid, bid, tid] = [
    random(scale * ACCOUNTS_PER_BRANCH),
    random(scale),
    random(scale * TELLERS_PER_BRANCH),
  ];
  const delta = random(10_001) - 5_001;
  const run = (name: string, text: string, values: number[]) => client.query({ name, text, values });
  await client.query('BEGIN');
  await run('a', 'UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2', [delta, aid]);
  await run('s', 'SELECT abalance FROM pgbench_accounts WHERE aid = $1', [aid]);
  await run('t', 'UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2', [delta, tid]);
  await run('b', 'UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2', [delta, bid]);
  const insert =
    'INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)';
  await run('h', insert, [tid, bid, aid, delta]);
  await client.query('COMMIT');
}
