import pg from 'pg';
import { expect, test } from 'vitest';
import { until } from '../support/hand-over.ts';
import { startApi, type TestApi } from './harness.ts';

const WRITES_MAX = 6;
/** Of one program, where six changes may be under way at once. */
const OWN_MAX = 4;
const MANY = 100;

/** An API of which so many connections are for changes, and which keeps them waiting as in production. */
async function withApi(work: (api: TestApi) => Promise<void>): Promise<void> {
  const api = await startApi({ writes_max: WRITES_MAX, writeWait_ms: 500 });
  try {
    await work(api);
  } finally {
    await api.close();
  }
}

/** Keeps every new member of a program waiting until `work` is done. */
async function whileLocked(api: TestApi, programId: string, work: () => Promise<void>): Promise<void> {
  const holder = new pg.Client({ connectionString: api.database.ownerUrl });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM programs WHERE id = $1 FOR UPDATE', [programId]);
    await work();
  } finally {
    await holder.query('ROLLBACK');
    await holder.end();
  }
}

test('a flood of one program is told early to come again, and keeps nobody else waiting', async () => {
  await withApi(async (api) => {
    const other = await api.program();
    const as = { key: other.key };
    let taken: Promise<unknown>[] = [];
    await whileLocked(api, api.programId, async () => {
      const told: { status: number; code: string | undefined; retryAfter: string | null }[] = [];
      taken = Array.from({ length: MANY }, async (_, at) => {
        const { status, code, headers } = await api.mutate('members.upsert', { externalId: `flood-${at}` });
        told.push({ status, code, retryAfter: headers.get('retry-after') });
        return status;
      });
      // Reads of the same program, and everything of another, while the first have not been told yet.
      expect((await api.query('members.list')).data.items).toEqual([]);
      expect((await api.query('programs.get', undefined, as)).status).toBe(200);
      for (let at = 0; at < 5; at += 1) {
        const { status } = await api.mutate('members.upsert', { externalId: `other-${at}` }, as);
        expect(status).toBe(200);
      }
      await until('the rest to be told', async () => told.length === MANY - OWN_MAX);
      expect(new Set(told.map((it) => JSON.stringify(it)))).toEqual(
        new Set([JSON.stringify({ status: 503, code: 'overloaded', retryAfter: '1' })]),
      );
      // Those that are under way still wait for the lock.
      expect((await api.query('members.list')).data.items).toEqual([]);
    });
    const statuses = await Promise.all(taken);
    expect(statuses.filter((status) => status === 200)).toHaveLength(OWN_MAX);
    expect((await api.query('members.list')).data.items).toHaveLength(OWN_MAX);
    expect(await api.refusals('database_unavailable')).toBe(0);
  });
});

test('programs that are all held up leave the connections that reads need', async () => {
  await withApi(async (api) => {
    const others = [await api.program(), await api.program()];
    const send = (key: string, at: number) =>
      api.mutate('members.upsert', { externalId: `held-${at}` }, { key });
    let all: Promise<{ status: number }>[] = [];
    await whileLocked(api, others[0]?.programId ?? '', () =>
      whileLocked(api, others[1]?.programId ?? '', async () => {
        all = others.flatMap(({ key }) => Array.from({ length: 20 }, (_, at) => send(key, at)));
        for (const { key } of others) {
          expect((await api.query('members.list', undefined, { key })).data.items).toEqual([]);
        }
        expect((await api.query('members.list')).status).toBe(200);
        await until(
          'the rest to be told',
          async () => (await api.refusals('overloaded')) === 40 - WRITES_MAX,
        );
      }),
    );
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(WRITES_MAX);
  });
});

test('what was refused for overload has not happened, and the same key makes it later', async () => {
  await withApi(async (api) => {
    const idempotencyKey = 'later';
    const send = () => api.mutate('members.upsert', { externalId: 'late' }, { idempotencyKey });
    await whileLocked(api, api.programId, async () => {
      const flood = Array.from({ length: 20 }, (_, at) =>
        api.mutate('members.upsert', { externalId: `early-${at}` }),
      );
      await until('the flood to be told', async () => (await api.refusals('overloaded')) === 20 - OWN_MAX);
      expect(await send()).toMatchObject({ status: 503, code: 'overloaded' });
      void Promise.all(flood);
    });
    const made = await send();
    expect([made.status, made.data.created, made.headers.get('idempotent-replayed')]).toEqual([
      200,
      true,
      null,
    ]);
  });
});
