import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startService } from '../local/service.ts';
import { temporaryFolder } from '../local/temporary.ts';
import { freePort } from '../platform/ports.ts';
import { useBadgeApi } from './api/badges-harness.ts';
import { answerOf } from './api/harness.ts';
import { Browser, useUsers } from './api/users-harness.ts';
import { useAuthenticator } from './support/authenticator.ts';
import { root } from './support/local.ts';
import { useResource } from './support/resource.ts';
import { TEST_BADGES } from './support/seed.ts';

/** Of the badges and passkeys that both APIs make. */
const ORIGIN = 'http://localhost:3000';

const { api, define, grant, verify } = useBadgeApi();
const users = useUsers(api);
const authenticator = useAuthenticator();

/** The API as it is built, over the database of the one whose modules Node loads one by one. */
const built = useResource({
  async make() {
    const [folder, port] = [temporaryFolder('referral-built-'), await freePort()];
    const { child, stop } = await startService({
      name: 'API',
      entry: 'dist/services/api.js',
      port,
      env: {
        ...process.env,
        DATABASE_URL: api.database.url,
        BADGE_SECRET: TEST_BADGES.ring[0],
        PUBLIC_URL: ORIGIN,
        API_PORT: String(port),
        METRICS_PORT: '0',
        DATA_DIR: folder,
        NODE_ENV: 'development',
      },
      logFile: path.join(folder, 'api.log'),
      signal: new AbortController().signal,
      graceMs: 10_000,
    });
    const send = async (pathname: string, init: RequestInit) => {
      const answer = await fetch(`http://127.0.0.1:${port}${pathname}`, { redirect: 'manual', ...init });
      return answerOf(answer, await answer.text());
    };
    return { child, send, stop, folder };
  },
  async end({ stop, folder }) {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  },
});

it('the API as it is built signs a badge that verifies', async () => {
  await define();
  const { rewardId } = await grant();
  const { data } = await built.send('/trpc/badges.issue', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${api.programKey}`,
      'content-type': 'application/json',
      'idempotency-key': rewardId,
    },
    body: JSON.stringify({ rewardId }),
  });
  expect(data).toMatchObject({ status: 'valid' });
  expect(await verify(data.url)).toMatchObject({ verified: true });
});

it('the API as it is built signs people in, and takes a passkey of theirs', async ({ skip }) => {
  await users.account('built@example.com');
  const browser = new Browser({ ...api, send: built.send }, '127.0.0.1');
  expect((await browser.signIn('built@example.com')).data).toEqual({ secondFactor: 'none' });
  const device = await authenticator(skip);
  const { data } = await browser.ask('POST', '/users/me/passkeys/begin', {});
  const credential = await device.create(ORIGIN, data.options);
  expect((await browser.ask('POST', '/users/me/passkeys', { name: 'Mine', credential })).status).toBe(200);
});

it.each(['/capture.js', '/docs/api/scalar.js', '/openapi.json', '/docs/problems', '/account/sign-in'])(
  'the API as it is built serves %s, byte for byte what its sources do',
  async (pathname) => {
    const [ours, theirs] = await Promise.all([api.send(pathname, {}), built.send(pathname, {})]);
    expect(theirs.status).toBe(200);
    expect(theirs.text).toBe(ours.text);
  },
);

it('the worker as it is built names the sources of what fails', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--enable-source-maps', 'dist/services/worker.js'],
    {
      cwd: root,
      env: { ...process.env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none', NODE_ENV: 'development' },
      encoding: 'utf8',
    },
  );
  expect(status).toBe(1);
  expect(stdout).toContain('worker/run.ts:');
});
