import { rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { ensureAppLogin, ensureDatabase } from '../local/app-login.ts';
import { type RunningPostgres, startPostgres } from '../local/postgres.ts';
import { temporaryFolder } from '../local/temporary.ts';
import { freePort } from '../platform/ports.ts';
import { migrate } from '../prisma/migrate.ts';

/** A PostgreSQL of the benchmark's own, which syncs every commit to disk, with a migrated database. */
export interface BenchDatabase {
  readonly server: RunningPostgres;
  /** The server's folder; others may keep files beside it. */
  readonly folder: string;
  readonly ownerUrl: string;
  /** URL of the application's login. */
  readonly url: string;
  /** Stops the server and removes the folder. */
  stop(): Promise<void>;
}

export async function startBenchDatabase(): Promise<BenchDatabase> {
  const folder = temporaryFolder('referral-bench-');
  const dataDir = path.join(folder, 'postgres');
  const server = await startPostgres({ dataDir, port: await freePort(), password: 'bench' });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ownerUrl = await ensureDatabase(server.url, 'bench');
    await migrate(ownerUrl);
    const url = await ensureAppLogin(ownerUrl, 'bench_app', 'bench_app');
    return { server, folder, ownerUrl, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** So many connections of the same kind. */
export async function connectAll(config: pg.ClientConfig, count: number): Promise<pg.Client[]> {
  const clients = Array.from({ length: count }, () => new pg.Client(config));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

/** How often a second the clients, all at once, get `work` done; `turn` counts each client's own. */
export async function rate(
  clients: readonly pg.Client[],
  duration_s: number,
  work: (client: pg.Client, turn: number) => Promise<void>,
): Promise<number> {
  const started_ms = performance.now();
  const until_ms = started_ms + duration_s * 1_000;
  const counts = await Promise.all(
    clients.map(async (client) => {
      let count = 0;
      for (; performance.now() < until_ms; count += 1) await work(client, count);
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - started_ms) / 1_000);
}
