import { createServer, type Server } from 'node:net';
import { PassThrough } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classify } from '../../api/http/errors.ts';
import { LIVE_REFUSALS, onSchedule, SCHEDULE_REFUSALS } from '../../api/schedules/act.ts';
import { ensureSchedules } from '../../worker/schedules.ts';
import { devServer, TASK_QUEUE } from '../support/engine.ts';
import { startApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

let server: Awaited<ReturnType<typeof devServer>>;
/** Takes connections and never answers. */
let silent: Server;
let silentAddress: string;

beforeAll(async () => {
  server = await devServer();
  await ensureSchedules(server.client, TASK_QUEUE);
  silent = createServer((socket) => socket.on('error', () => socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const bound = silent.address();
  silentAddress = `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
});

afterAll(async () => {
  silent.close();
  await server.teardown();
  await server.process.stop();
});

const DESCRIBE = async (_schedule: unknown, description: { readonly scheduleId: string }) =>
  description.scheduleId;

/** Services over `temporal`, and the messages that their log has received. */
function servicesOver(temporal: Client) {
  const stream = new PassThrough();
  const lines: string[] = [];
  stream.on('data', (line) => lines.push(JSON.parse(String(line)).msg));
  return { services: { temporal, log: pino({ level: 'warn' }, stream) }, lines };
}

const codeOf = (error: unknown) => classify(error).code;

test.each([
  ['nobody listens', () => '127.0.0.1:1'],
  ['the server says nothing', () => silentAddress],
])(
  'a schedule is refused with the caller’s code within the deadline when %s, and the log says so',
  async (_what, address) => {
    const connection = Connection.lazy({ address: address() });
    const { services, lines } = servicesOver(new Client({ connection }));
    const begun_ms = Date.now();
    const refused = await Promise.all(
      [SCHEDULE_REFUSALS, LIVE_REFUSALS].map((refusals) =>
        onSchedule(services, 'upkeep', refusals, DESCRIBE).catch(codeOf),
      ),
    );
    expect(refused).toEqual(['schedules_unavailable', 'live_view_unavailable']);
    expect(Date.now() - begun_ms).toBeLessThan(9_000);
    expect(lines).toEqual(['Temporal did not answer', 'Temporal did not answer']);
    await connection.close();
  },
);

test('a missing schedule is refused with the caller’s code, and a present one is found', async () => {
  const { services } = servicesOver(server.client);
  expect(await onSchedule(services, 'upkeep', SCHEDULE_REFUSALS, DESCRIBE)).toBe('upkeep');
  const missing = (refusals: typeof LIVE_REFUSALS) =>
    onSchedule(services, 'missing', refusals, DESCRIBE).catch(codeOf);
  expect(await missing(SCHEDULE_REFUSALS)).toBe('not_found');
  expect(await missing(LIVE_REFUSALS)).toBe('live_view_unavailable');
});

test('a bug in work on a schedule stays a bug, not a server that is away', async () => {
  const { services, lines } = servicesOver(server.client);
  const bug = new TypeError('undefined is not a schedule');
  const act = () => Promise.reject(bug);
  await expect(onSchedule(services, 'upkeep', SCHEDULE_REFUSALS, act)).rejects.toBe(bug);
  expect(lines).toEqual([]);
});

test('a bug behind a procedure that asks Temporal is a 500 with the request’s id', async () => {
  const schedule = new Proxy(server.client.schedule, {
    get(target, name, receiver) {
      if (name !== 'getHandle') return Reflect.get(target, name, receiver);
      return () => ({ describe: () => Promise.reject(new TypeError('no schedule')) });
    },
  });
  const api = await startApi({}, { workflow: server.client.workflow, schedule });
  try {
    const internal = { status: 500, code: 'internal' };
    await expectRefused(api, () => api.query('leaderboards.schedule'), internal);
    await expectRefused(api, () => api.mutate('milestones.sweep', undefined), internal);
    const run = () => api.mutate('schedules.run', { id: 'upkeep' }, { key: api.platformKey });
    await expectRefused(api, run, internal);
  } finally {
    await api.close();
  }
});
