import { PassThrough } from 'node:stream';
import { Client, Connection, ServiceError } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classify } from '../../api/http/errors.ts';
import { LIVE_REFUSALS, onSchedule, SCHEDULE_REFUSALS } from '../../api/schedules/act.ts';
import { createTemporalDoor } from '../../api/temporal/ask.ts';
import { ensureSchedules } from '../../worker/schedules.ts';
import { devServer, endServer, TASK_QUEUE } from '../support/engine.ts';
import { until } from '../support/hand-over.ts';
import { type SilentServer, startSilentServer } from '../support/silent-server.ts';
import { type Answer, startApi, type TestApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

let server: Awaited<ReturnType<typeof devServer>>;
let silent: SilentServer;

beforeAll(async () => {
  server = await devServer();
  await ensureSchedules(server.client, TASK_QUEUE);
  silent = await startSilentServer();
});

afterAll(async () => {
  await silent.close();
  await server.teardown();
  await endServer(server.process);
});

const DESCRIBE = async (_schedule: unknown, description: { readonly scheduleId: string }) =>
  description.scheduleId;

/** Services over `temporal`, and the messages that their log has received. */
function servicesOver(temporal: Client) {
  const stream = new PassThrough();
  const lines: string[] = [];
  stream.on('data', (line) => lines.push(JSON.parse(String(line)).msg));
  return {
    services: { temporal: createTemporalDoor(temporal), log: pino({ level: 'warn' }, stream) },
    lines,
  };
}

const codeOf = (error: unknown) => classify(error).code;

test.each([
  ['nobody listens', () => '127.0.0.1:1'],
  ['the server says nothing', () => silent.address],
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

/** An API over Temporal at an address, for one test. */
async function overTemporal(address: string, work: (api: TestApi) => Promise<void>): Promise<void> {
  const connection = Connection.lazy({ address });
  const api = await startApi({}, new Client({ connection }));
  try {
    await work(api);
  } finally {
    await api.close();
    await connection.close();
  }
}

const MANY = 60;

test('many calls that wait for a Temporal that says nothing keep nobody else waiting', async () => {
  await overTemporal(silent.address, async (api) => {
    let answered = 0;
    const asks = [
      () => api.mutate('leaderboards.runNow', undefined),
      () => api.mutate('milestones.sweep', undefined),
      () => api.query('leaderboards.schedule'),
      () => api.mutate('schedules.run', { id: 'upkeep' }, { key: api.platformKey }),
    ];
    const hanging = Array.from({ length: MANY }, async (_, at) => {
      const ask = asks[at % asks.length] as () => Promise<Answer>;
      const { status, code, headers } = await ask();
      answered += 1;
      return { status, code, retryAfter: headers.get('retry-after') };
    });
    // Each of the many has its connection to Temporal, or waits for one.
    await until('Temporal to be asked', async () => silent.connections() > 0);
    const others = await Promise.all(
      Array.from({ length: 30 }, (_, at) => api.mutate('members.upsert', { externalId: `other-${at}` })),
    );
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
    expect((await api.query('members.list')).data.items).toHaveLength(30);
    expect(answered).toBe(0);
    const codes = [
      'live_view_unavailable',
      'live_view_unavailable',
      'live_view_unavailable',
      'schedules_unavailable',
    ];
    expect(await Promise.all(hanging)).toEqual(
      hanging.map((_, at) => ({ status: 503, code: codes[at % codes.length], retryAfter: '1' })),
    );
    expect(await api.db.auditEntry.count({ where: { action: { in: STEPS } } })).toBe(0);
  });
});

const STEPS = ['leaderboards.run', 'milestones.sweep', 'schedule.run'];

test('a step on record that was not taken is taken by the same key, once, with one record', async () => {
  let isAway = true;
  let taken = 0;
  const schedule = new Proxy(server.client.schedule, {
    get(target, name, receiver) {
      if (name !== 'getHandle') return Reflect.get(target, name, receiver);
      return (id: string) => ({
        describe: () => target.getHandle(id).describe(),
        trigger: async () => {
          if (isAway) throw new ServiceError('away', { cause: Object.assign(new Error('away'), AWAY) });
          taken += 1;
        },
      });
    },
  });
  const api = await startApi({}, { workflow: server.client.workflow, schedule });
  try {
    const step = (input: object = { id: 'upkeep' }) =>
      api.mutate('schedules.run', input, { key: api.platformKey, idempotencyKey: 'one-step' });
    const onRecord = () => api.db.auditEntry.count({ where: { action: 'schedule.run' } });
    expect(await step()).toMatchObject({ status: 503, code: 'schedules_unavailable' });
    expect([taken, await onRecord()]).toEqual([0, 1]);
    expect(await step({ id: 'badges' })).toMatchObject({ status: 422, code: 'key_reused' });
    isAway = false;
    const first = await step();
    expect(first.data).toEqual({ id: 'upkeep', started: expect.any(Boolean) });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const again = await step();
    expect([again.data, again.headers.get('idempotent-replayed')]).toEqual([first.data, 'true']);
    expect([taken, await onRecord()]).toEqual([1, 1]);
    expect(await step({ id: 'badges' })).toMatchObject({ status: 422, code: 'key_reused' });
  } finally {
    await api.close();
  }
});

/** What gRPC says of a server that is not there: UNAVAILABLE. */
const AWAY = { code: 14, details: 'away', metadata: new Map() };
