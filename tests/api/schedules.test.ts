import { Client, Connection } from '@temporalio/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureSchedules } from '../../worker/schedules.ts';
import { cuttable } from '../support/cuttable.ts';
import { useDatabase } from '../support/database.ts';
import { TASK_QUEUE, useEngine } from '../support/engine.ts';
import { until } from '../support/hand-over.ts';
import { useResource } from '../support/resource.ts';
import { takeKey } from '../support/seed.ts';
import { startApi, useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const database = useDatabase();
const engine = useEngine({ database, server: 'dev', pump: false });

beforeAll(async () => {
  await ensureSchedules(engine.client, TASK_QUEUE);
});

const way = useResource({
  make: () => cuttable(engine.env.address ?? ''),
  end: (it) => it.close(),
});

const temporal = useResource({
  make: () => {
    const connection = Connection.lazy({ address: way.address });
    return new Client({ connection, namespace: engine.env.namespace ?? 'default' });
  },
  end: (client) => client.connection.close(),
});

const api = useApi({}, temporal);

const as = () => ({ key: api.platformKey });
const list = () => api.query('schedules.list', undefined, as());
// biome-ignore lint/suspicious/noExplicitAny: tests read whatever the wire holds
const one = async (id: string): Promise<any> =>
  (await list()).data.items.find((schedule: { id: string }) => schedule.id === id);
const told = (step: string, id: string) =>
  api.db.auditEntry.findMany({ where: { action: `schedule.${step}`, subject: id } });

describe('schedules', () => {
  it('are listed with what they are for, their next runs, and no run before the first', async () => {
    const items = await until('all schedules to be visible', async () => {
      const known = (await list()).data.items;
      return known.length >= 4 && known;
    });
    const ids = items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toEqual(expect.arrayContaining(['badges', 'leaderboards', 'programs', 'upkeep']));
    expect(await one('upkeep')).toMatchObject({
      purpose: expect.stringContaining('proves the ledger'),
      paused: false,
      nextRuns: [
        expect.any(String),
        expect.any(String),
        expect.any(String),
        expect.any(String),
        expect.any(String),
      ],
    });
  });

  it('run now, and then say when that was and what came of it', async () => {
    expect((await api.mutate('schedules.run', { id: 'leaderboards' }, as())).data).toMatchObject({
      id: 'leaderboards',
    });
    const { lastRun } = await until('the run to end', async () => {
      const schedule = await one('leaderboards');
      return schedule.lastRun?.status === 'COMPLETED' && schedule;
    });
    expect(lastRun).toMatchObject({
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      result: { closed: 0, awarded: 0, unpaid: 0 },
      failure: null,
    });
    expect(await told('run', 'leaderboards')).toMatchObject([
      { programId: null, actor: expect.stringMatching(/^key:/) },
    ]);
  });

  it('say why a run failed, by the failure’s type', async () => {
    await database.db.program.create({
      data: {
        id: crypto.randomUUID(),
        slug: 'stuck',
        name: 'Stuck',
        allowedHosts: [],
        defaultDestination: 'https://x.example/',
      },
    });
    const { id: programId } = await database.db.program.findFirstOrThrow({ where: { slug: 'stuck' } });
    const old = new Date(Date.now() - 2 * 3_600_000);
    const id = crypto.randomUUID();
    await takeKey(database.db, { programId, key: 'stuck', id });
    await database.db.event.create({
      data: {
        programId,
        id,
        key: 'stuck',
        requestHash: 'stuck',
        type: 'purchase',
        payload: {},
        occurredAt: old,
        receivedAt: old,
        state: 'delivered',
        dueAt: new Date(Date.now() + 3_600_000),
      },
    });
    await api.mutate('schedules.run', { id: 'upkeep' }, as());
    const { lastRun } = await until('the run to end', async () => {
      const schedule = await one('upkeep');
      return schedule.lastRun?.status === 'FAILED' && schedule;
    });
    expect(lastRun).toMatchObject({
      result: null,
      failure: { type: 'NotClean', message: expect.stringContaining('overdue: 1') },
    });
  });

  it('are paused with a note, plan nothing then, and are resumed; both are on record', async () => {
    await api.mutate('schedules.pause', { id: 'badges', note: 'a new key is coming' }, as());
    expect(await one('badges')).toMatchObject({ paused: true, note: 'a new key is coming', nextRuns: [] });
    await api.mutate('schedules.resume', { id: 'badges' }, as());
    const resumed = await one('badges');
    expect([resumed.paused, resumed.nextRuns.length]).toEqual([false, 5]);
    expect([await told('pause', 'badges'), await told('resume', 'badges')]).toMatchObject([
      [{ detail: { note: 'a new key is coming' } }],
      [{ detail: {} }],
    ]);
  });

  it('that are not the engine’s are as good as absent', async () => {
    await engine.client.schedule.create({
      scheduleId: 'foreign',
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: 'foreign', taskQueue: 'foreign' },
    });
    for (const id of ['foreign', 'nothing']) {
      await expectRefused(api, () => api.mutate('schedules.run', { id }, as()), {
        status: 404,
        code: 'not_found',
      });
    }
    expect(await one('foreign')).toBeUndefined();
  });

  it('are for platform keys alone', async () => {
    const refusal = { status: 403, code: 'scope_missing' };
    await expectRefused(api, () => api.query('schedules.list'), refusal);
    await expectRefused(api, () => api.mutate('schedules.pause', { id: 'upkeep' }), refusal);
  });

  it('cannot be asked while Temporal is away, which keeps nobody from sending events', async () => {
    way.cut();
    try {
      const away = { status: 503, code: 'schedules_unavailable' };
      await expectRefused(api, list, away);
      await expectRefused(api, () => api.mutate('schedules.run', { id: 'upkeep' }, as()), away);
      const sent = await api.mutate('events.record', { key: 'while-away', type: 'purchase', subject: 'bob' });
      expect(sent.data).toMatchObject({ status: 'accepted' });
    } finally {
      way.mend();
    }
    expect((await until('Temporal to be back', async () => (await list()).status === 200)) && true).toBe(
      true,
    );
  });
});

it('an API without Temporal says so', async () => {
  const alone = await startApi();
  try {
    const ask = () => alone.query('schedules.list', undefined, { key: alone.platformKey });
    await expectRefused(alone, ask, { status: 503, code: 'schedules_unavailable' });
  } finally {
    await alone.close();
  }
});
