import path from 'node:path';
import { createReferralClient, type ReferralClient } from '../api/client.ts';
import { ensurePlatformKey } from '../api/keys/create.ts';
import { startService } from '../local/service.ts';
import type { Part } from '../local/supervisor.ts';
import { freePort } from '../platform/ports.ts';
import { createDatabase } from '../prisma/client.ts';
import { type BenchDatabase, startBenchDatabase } from './database.ts';

/** A program with a key of its own. */
export interface BenchProgram {
  readonly programId: string;
  readonly apiKey: string;
  readonly client: ReferralClient;
}

export interface BenchApi extends BenchProgram {
  readonly url: string;
  /** For logs and data; it goes when the API stops. */
  readonly folder: string;
  /** The application's login. */
  readonly databaseUrl: string;
  /** The owner's, for what only an owner may do between rounds. */
  readonly ownerUrl: string;
  /** One more program beside the first. */
  addProgram(slug: string): Promise<BenchProgram>;
  stop(): Promise<void>;
}

/**
 * The compiled API in its own process, as in production, on its own PostgreSQL that syncs every
 * commit to disk.
 */
export async function startBenchApi(): Promise<BenchApi> {
  const database = await startBenchDatabase();
  try {
    return await startApiOn(database);
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function startApiOn({
  url: databaseUrl,
  ownerUrl,
  folder,
  stop: stopServer,
}: BenchDatabase): Promise<BenchApi> {
  const port = await freePort();
  const part = await startBenchService('services/api.js', folder, port, {
    DATABASE_URL: databaseUrl,
    API_PORT: String(port),
    METRICS_PORT: '0',
    DATA_DIR: folder,
    NODE_ENV: 'development',
    RATE_LIMIT_PER_MINUTE: '10000000',
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await part.stop();
    await stopServer();
  };
  try {
    const addProgram = await programMaker(url, databaseUrl);
    return { url, folder, databaseUrl, ownerUrl, ...(await addProgram('bench')), addProgram, stop };
  } catch (error) {
    await part.stop();
    throw error;
  }
}

async function programMaker(url: string, databaseUrl: string) {
  const db = createDatabase({ url: databaseUrl, poolMax: 1 });
  const platformKey = await ensurePlatformKey(db, 'benchbenchbenchbenchbenchbenchbench');
  await db.$disconnect();
  const platform = createReferralClient({ url, apiKey: platformKey });
  return async (slug: string): Promise<BenchProgram> => {
    const { apiKey, program } = await platform.programs.create.mutate({
      slug,
      name: 'Bench',
      defaultDestination: 'https://shop.example/welcome',
    });
    if (apiKey === null) throw new Error('a new program came without its key');
    return { programId: program.id, apiKey, client: createReferralClient({ url, apiKey }) };
  };
}

/** What a process may still finish when a benchmark ends. */
const GRACE_MS = 30_000;

/**
 * One of our compiled scripts in its own process, which answers `/readyz` on `port` and ends when this
 * process does.
 */
export function startBenchService(
  script: string,
  folder: string,
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<Part> {
  const name = script.replace(/\.js$/, '').replaceAll('/', '-');
  return startService({
    name,
    entry: path.join('dist', script),
    port,
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    logFile: path.join(folder, `${name}.log`),
    signal: new AbortController().signal,
    graceMs: GRACE_MS,
  });
}
