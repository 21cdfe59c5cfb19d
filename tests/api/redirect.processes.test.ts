import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LEASE_MS } from '../../api/redirect/journal-files.ts';
import { startService } from '../../local/service.ts';
import { freePort } from '../../platform/ports.ts';
import { useApi } from './harness.ts';
import { anotherApi, clickAt, filesIn, until, useOutages } from './redirect-harness.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'referral-journal-'));
const journal = path.join(dataDir, 'clicks');

const api = useApi({ dataDir });
const { takeDown, bringBack } = useOutages(api);

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const stored = (ids: readonly string[]) => api.db.touch.count({ where: { id: { in: [...ids] } } });
const clicks = async (url: string, code: string, count: number): Promise<string[]> => {
  const answers = await Promise.all(Array.from({ length: count }, () => clickAt(url, code)));
  expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(302));
  return answers.map(({ clickId }) => clickId);
};

it('two APIs with one journal store the clicks of both, and count each once', async () => {
  const { referralCode: code } = await api.member();
  const other = await anotherApi(api, dataDir);
  await Promise.all([clicks(api.url, code, 1), clicks(other.url, code, 1)]);
  await takeDown();
  const sent = await Promise.all(
    Array.from({ length: 10 }, (_, nth) => clicks(nth % 2 === 0 ? api.url : other.url, code, 20)),
  );
  await bringBack();
  const ids = sent.flat();
  expect(new Set(ids).size).toBe(200);
  const replayed = async () => {
    const metric = other.registry.getSingleMetric('referral_clicks_total');
    const { values = [] } = (await metric?.get()) ?? {};
    const of = (result: string) => values.find(({ labels }) => labels['result'] === result)?.value ?? 0;
    return [(await api.clicks('replayed')) + of('replayed'), (await api.clicks('dropped')) + of('dropped')];
  };
  await until(async () => (await stored(ids)) === 200 && filesIn(journal).length === 0);
  await until(async () => (await replayed())[0] === 200);
  expect(await replayed()).toEqual([200, 0]);
  await other.close();
}, 60_000);

async function apiProcess(folder: string) {
  const port = await freePort();
  const { child } = await startService({
    name: 'api',
    entry: 'dist/services/api.js',
    port,
    env: {
      ...process.env,
      DATABASE_URL: api.database.url,
      API_PORT: String(port),
      METRICS_PORT: '0',
      DATA_DIR: folder,
      NODE_ENV: 'development',
      LOG_LEVEL: 'error',
    },
    logFile: path.join(dataDir, 'api.log'),
    signal: new AbortController().signal,
    graceMs: 10_000,
  });
  return { url: `http://127.0.0.1:${port}`, child };
}

it('the click id that a visitor goes on with is on record, as an earlier one of theirs is', async () => {
  const { referralCode: code } = await api.member();
  const other = await anotherApi(api, dataDir);
  await clicks(other.url, code, 1);
  const first = await clickAt(api.url, code);
  await takeDown();
  const second = await clickAt(other.url, code, first.cookie);
  expect(second.clickId).not.toBe(first.clickId);
  await bringBack();
  await until(async () => filesIn(journal).length === 0);
  expect(await stored([first.clickId, second.clickId])).toBe(2);
  await other.close();
}, 60_000);

it('an API whose folder cannot be made starts, redirects, and says so', async () => {
  const { referralCode: code } = await api.member();
  const file = path.join(dataDir, 'a-file');
  writeFileSync(file, '');
  const { url, child } = await apiProcess(path.join(file, 'folder'));
  expect(await stored(await clicks(url, code, 3))).toBe(3);
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', clickJournal: ['folder'] }]);
  process.kill(child.pid, 'SIGTERM');
  await child.exited;
  expect(child.exit()).toMatchObject({ code: 0 });
}, 60_000);

it('what a killed API had in its journal, another one stores', async () => {
  const { referralCode: code } = await api.member();
  const { url, child } = await apiProcess(dataDir);
  await clicks(url, code, 1);
  await takeDown();
  const ids = await clicks(url, code, 20);
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
  const left = filesIn(journal);
  expect(left).not.toEqual([]);
  await bringBack();
  // As if the lease of the one that is gone had passed.
  const past = new Date(Date.now() - LEASE_MS - 1_000);
  for (const name of filesIn(journal)) utimesSync(path.join(journal, name), past, past);
  await until(async () => (await stored(ids)) === 20 && filesIn(journal).length === 0);
}, 60_000);
