import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createReferralClient, type ReferralClient } from '../api/client.ts';
import { ensurePlatformKey } from '../api/keys.ts';
import { freePort } from '../local/ports.ts';
import { createDatabase } from '../prisma/client.ts';
import { type BenchDatabase, startBenchDatabase } from './database.ts';

export interface BenchApi {
  readonly url: string;
  /** The application's login. */
  readonly databaseUrl: string;
  /** The owner's, for what only an owner may do between rounds. */
  readonly ownerUrl: string;
  readonly programId: string;
  readonly apiKey: string;
  readonly client: ReferralClient;
  stop(): Promise<void>;
}

/** The compiled API in a process of its own, as in production, on a PostgreSQL of its own that syncs every commit to disk. */
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
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    API_PORT: String(port),
    DATA_DIR: folder,
    LOG_LEVEL: 'warn',
  };
  const child = startNode(path.join(import.meta.dirname, '..', 'api', 'main.js'), {
    ...env,
    NODE_ENV: 'development',
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilAnswers(`${url}/readyz`, child);
    const program = await makeProgram(url, databaseUrl);
    const stop = async (): Promise<void> => {
      await stopNode(child);
      await stopServer();
    };
    return { url, databaseUrl, ownerUrl, ...program, stop };
  } catch (error) {
    await stopNode(child);
    throw error;
  }
}

async function makeProgram(url: string, databaseUrl: string) {
  const db = createDatabase({ url: databaseUrl, poolMax: 1 });
  const platformKey = await ensurePlatformKey(db, 'benchbenchbenchbenchbenchbenchbench');
  await db.$disconnect();
  const made = await createReferralClient({ url, apiKey: platformKey }).programs.create.mutate({
    slug: 'bench',
    name: 'Bench',
    defaultDestination: 'https://shop.example/welcome',
  });
  const apiKey = made.apiKey;
  if (apiKey === null) throw new Error('a new program came without its key');
  return { programId: made.program.id, apiKey, client: createReferralClient({ url, apiKey }) };
}

/** Runs a compiled script; its standard error is ours. */
export function startNode(script: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

export async function stopNode(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const READY_MAX_MS = 30_000;

/** Waits until an address answers 200; throws when the process ended before, or it takes too long. */
export async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const until_ms = Date.now() + READY_MAX_MS;
  while (Date.now() < until_ms) {
    if (child.exitCode !== null)
      throw new Error(`the process behind ${url} ended with code ${child.exitCode}`);
    const answer = await fetch(url, { redirect: 'manual' }).catch(() => null);
    if (answer !== null && answer.status < 400) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not answer within ${READY_MAX_MS} ms`);
}
