import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { addSecret, newEndpointSecret } from '../../engine/webhooks/secrets.ts';
import { newId } from '../../platform/ids.ts';
import { freePort } from '../../platform/ports.ts';
import { useDatabase } from '../support/database.ts';
import { DAY_MS, useActivities } from '../support/play.ts';
import { seedProgram, TEST_WEBHOOKS, testPolicy } from '../support/seed.ts';
import { seedWebhook, tellOf } from '../support/webhook-receiver.ts';

/*
 * `npm run receivers`: the official library of every language that has one, in a real HTTP server, takes what
 * the engine sends. It installs them, which takes minutes, so it is no part of `npm test`.
 */
const BUILT = path.resolve('.tools', 'receivers');

/** How a receiver is built from the folder of its language, and started. */
interface Language {
  readonly needs: string;
  build(folder: string, built: string): readonly (readonly string[])[];
  start(folder: string, built: string): readonly string[];
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  python: {
    needs: 'python3',
    build: (folder, built) => [
      ['python3', '-m', 'venv', built],
      [`${built}/bin/pip`, 'install', '--quiet', '--requirement', `${folder}/requirements.txt`],
    ],
    start: (folder, built) => [`${built}/bin/python`, `${folder}/receiver.py`],
  },
  go: {
    needs: 'go',
    build: (_, built) => [['go', 'build', '-o', `${built}/receiver`, '.']],
    start: (_, built) => [`${built}/receiver`],
  },
  rust: {
    needs: 'cargo',
    build: (_, built) => [['cargo', 'build', '--quiet', '--release', '--locked', '--target-dir', built]],
    start: (_, built) => [`${built}/release/receiver`],
  },
  java: {
    needs: 'mvn',
    build: (_, built) => [['mvn', '--quiet', 'dependency:copy-dependencies', `-DoutputDirectory=${built}`]],
    start: (folder, built) => ['java', '-cp', `${built}/*`, `${folder}/Receiver.java`],
  },
};

const isThere = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, program)));

const database = useDatabase();
const activities = useActivities(database);

/** A running receiver that knows a secret. */
async function startReceiver(name: string, language: Language, secret: string) {
  const folder = path.join(import.meta.dirname, name);
  const built = path.join(BUILT, name);
  mkdirSync(built, { recursive: true });
  for (const [command = '', ...args] of language.build(folder, built)) {
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const port = await freePort();
  const [command = '', ...args] = language.start(folder, built);
  const env = { ...process.env, PORT: String(port), SECRET: secret };
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}/`;
  await expect
    .poll(
      () =>
        fetch(url, { method: 'POST', body: '{}' }).then(
          ({ status }) => status,
          () => 0,
        ),
      {
        timeout: 30_000,
      },
    )
    .toBe(401);
  return { url, stop: () => child.kill() };
}

/** What an endpoint with two secrets answers to a message: the status of the last attempt. */
async function tellReceiver(url: string, secrets: readonly string[]): Promise<unknown> {
  const programId = await seedProgram(database.db, testPolicy());
  const { id: endpointId, deliveries } = await seedWebhook(database.db, programId, { url });
  for (const signing of secrets) {
    const sealing = { ring: TEST_WEBHOOKS.ring, signing, now: new Date(), overlap_ms: DAY_MS };
    await database.db.$transaction((tx) => addSecret(tx, { programId, endpointId }, sealing));
  }
  await tellOf(database.db, programId, newId());
  const run = { programId, endpointId, lane: 'first' as const, struggles: 0, now_ms: Date.now() };
  await activities.deliverWebhooks(run);
  return (await deliveries())[0]?.log;
}

describe.each(Object.entries(LANGUAGES))('the official library of %s', (name, language) => {
  test('verifies what we send, by either of two signatures, and nothing signed by others', async ({
    skip,
  }) => {
    if (!isThere(language.needs)) skip(`${language.needs} is not installed`);
    const secret = newEndpointSecret();
    const receiver = await startReceiver(name, language, secret);
    try {
      expect(await tellReceiver(receiver.url, [secret])).toMatchObject([{ status: 204 }]);
      expect(await tellReceiver(receiver.url, [secret, newEndpointSecret()])).toMatchObject([
        { status: 204 },
      ]);
      expect(await tellReceiver(receiver.url, [newEndpointSecret()])).toMatchObject([{ status: 401 }]);
    } finally {
      receiver.stop();
    }
  }, 600_000);
});
