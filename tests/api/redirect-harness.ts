import { readdirSync } from 'node:fs';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect } from 'vitest';
import { buildServer } from '../../api/server.ts';
import { createLog } from '../../platform/log.ts';
import { createDatabase } from '../../prisma/client.ts';
import { apiSettings, type TestApi } from './harness.ts';

const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.0 Safari/605.1.15';

interface Clicked {
  readonly status: number;
  readonly clickId: string;
  /** The visitor's cookie, to click with again. */
  readonly cookie: string;
}

/** Follows a link, as a new visitor unless a cookie says who; `rclk` of where it leads is the click's id. */
export async function clickAt(url: string, code: string, cookie = ''): Promise<Clicked> {
  const headers = { 'user-agent': BROWSER, cookie };
  const answer = await fetch(`${url}/r/${code}`, { redirect: 'manual', headers });
  await answer.body?.cancel();
  const location = answer.headers.get('location');
  const clickId = location === null ? null : new URL(location).searchParams.get('rclk');
  const [kept = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
  return { status: answer.status, clickId: clickId ?? '', cookie: kept };
}

/** Takes the API's database away and brings it back, as if PostgreSQL had gone. */
export function useOutages(api: TestApi) {
  let admin: pg.Client;
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: new URL('/postgres', api.database.ownerUrl).href });
    await admin.connect();
  });
  afterAll(() => admin.end());
  const databaseName = () => new URL(api.database.url).pathname.slice(1);
  return {
    /** Nobody gets in, and who was in is out. */
    async takeDown(): Promise<void> {
      await admin.query(`ALTER DATABASE ${databaseName()} WITH ALLOW_CONNECTIONS false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        databaseName(),
      ]);
    },
    bringBack: () => admin.query(`ALTER DATABASE ${databaseName()} WITH ALLOW_CONNECTIONS true`),
  };
}

/** One more API on the same database and folder. */
export async function anotherApi(api: TestApi, dataDir: string) {
  const db = createDatabase({ url: api.database.url, poolMax: 2 });
  const registry = new Registry();
  const app = buildServer({
    db,
    databaseUrl: api.database.url,
    log: createLog('test', 'silent'),
    registry,
    now: Date.now,
    settings: apiSettings(dataDir),
  });
  return {
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    registry,
    async close(): Promise<void> {
      await app.close();
      await db.$disconnect();
    },
  };
}

export const filesIn = (folder: string): string[] => readdirSync(folder).sort();

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400 && !(await holds()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await holds()).toBe(true);
}
