import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import { type SilentServer, startSilentServer } from '../tests/support/silent-server.ts';
import { createSmtpMailer } from '../worker/notices/smtp.ts';
import { sendOutbound } from './outbound.ts';
import { goOutside } from './outside.ts';
import { stripeClient } from './stripe.ts';
import { askWithin } from './temporal.ts';

const TIMEOUT_MS = 200;

const database = useDatabase();
let silent: SilentServer;
let temporal: Client;

beforeAll(async () => {
  silent = await startSilentServer();
  temporal = new Client({ connection: Connection.lazy({ address: silent.address }) });
});

afterAll(async () => {
  await temporal.connection.close();
  await silent.close();
});

const post = () =>
  sendOutbound({
    method: 'POST',
    url: `http://${silent.address}`,
    headers: {},
    body: '',
    timeout_ms: TIMEOUT_MS,
    body_bytes_max: 10,
    allowInternal: true,
  });

const askStripe = async () =>
  stripeClient({ apiKey: 'sk_test_1', base: `http://${silent.address}` }, TIMEOUT_MS).events.list();

const askTemporal = () =>
  askWithin(temporal, TIMEOUT_MS, () => temporal.schedule.getHandle('upkeep').describe());

const sendMail = async () => {
  const manners = { connect_ms: TIMEOUT_MS, idle_ms: TIMEOUT_MS, whole_ms: TIMEOUT_MS };
  const from = { address: 'a@example.com', name: null };
  const mailer = createSmtpMailer(`smtp://${silent.address}?tls=off`, from, manners);
  const email = { from: from.address, to: 'b@example.com', raw: Buffer.from('') };
  const { result } = await mailer.send(email as never, async () => true);
  throw new Error(result);
};

const DOORS = [
  ['an endpoint', post],
  ['Stripe', askStripe],
  ['Temporal', askTemporal],
  ['a mail server', sendMail],
] as const satisfies readonly (readonly [string, () => Promise<unknown>])[];

test.each(DOORS)('asking %s ends by itself, and within a transaction it does not begin', async (_, door) => {
  const ask: () => Promise<unknown> = door;
  const forbidden = /within a database transaction/;
  const { db } = database;
  const before = silent.connections();
  await expect(db.$transaction(() => ask())).rejects.toThrow(forbidden);
  await expect(db.$transaction(() => ask())).rejects.toThrow(forbidden);
  expect(silent.connections()).toBe(before);
  await expect(ask()).rejects.not.toThrow(forbidden);
  expect(silent.connections()).toBeGreaterThan(before);
});

test('what a transaction leaves behind may go outside once it is over', async () => {
  let ask = () => goOutside('somebody');
  await database.db.$transaction(async () => {
    const { AsyncResource } = await import('node:async_hooks');
    ask = AsyncResource.bind(() => goOutside('somebody'));
    expect(ask).toThrow(/within a database transaction/);
  });
  expect(ask).not.toThrow();
});

test('several statements sent as one transaction are still one', async () => {
  const { db } = database;
  const results = await db.$transaction([db.program.count(), db.member.count()]);
  expect(results).toEqual([0, 0]);
});
