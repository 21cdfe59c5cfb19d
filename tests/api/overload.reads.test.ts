import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { until } from '../support/hand-over.ts';
import { type Answer, startApi, type TestApi } from './harness.ts';

const READS_MAX = 3;
/** Of one program, where three reads may be under way at once. */
const OWN_MAX = 2;
const MANY = 60;

/** An API of which so many connections are for reads, and which keeps them waiting about as in production. */
async function withApi(work: (api: TestApi) => Promise<void>): Promise<void> {
  const api = await startApi({ reads_max: READS_MAX, readWait_ms: 500 });
  try {
    await work(api);
  } finally {
    await api.close();
  }
}

/** Keeps whatever reads a table waiting until `work` is done, which may ask how many wait. */
async function whileLocked(
  api: TestApi,
  table: string,
  work: (waiting: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const holder = new pg.Client({ connectionString: api.database.ownerUrl });
  await holder.connect();
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table}`);
    await work(async () => {
      const { rows } = await holder.query(
        `SELECT count(*)::int AS waiting FROM pg_locks
         WHERE NOT granted AND relation = $1::regclass AND database = (
           SELECT oid FROM pg_database WHERE datname = current_database())`,
        [table],
      );
      return rows[0].waiting;
    });
  } finally {
    await holder.query('ROLLBACK');
    await holder.end();
  }
}

const told = ({ status, headers, text }: Answer) => ({
  status,
  retryAfter: headers.get('retry-after'),
  isOverload: text.includes('overloaded'),
});
const TOLD = { status: 503, retryAfter: '1', isOverload: true };

/** Sends many; the answer tells what those heard that were answered so far, and what all hear in the end. */
function flood(send: () => Promise<Answer>, many = MANY) {
  const heard: Answer[] = [];
  const all = Array.from({ length: many }, async () => {
    const answer = await send();
    heard.push(answer);
    return answer.status;
  });
  return { heard, statuses: Promise.all(all) };
}

type Slow = readonly [name: string, table: string, prepare: (api: TestApi) => Promise<() => Promise<Answer>>];

/** Reads of one program by every way in, and a table that nothing else reads. */
const SLOW: readonly Slow[] = [
  ['a list', 'billing_deliveries', async (api) => () => api.query('billing.list', {})],
  [
    'a list over REST',
    'billing_deliveries',
    async (api) => {
      const headers = { authorization: `Bearer ${api.programKey}` };
      return () => api.send('/api/v1/billing/deliveries', { headers });
    },
  ],
  [
    'a read that asks four things at once',
    'notices',
    async (api) => {
      const { id: memberId } = await api.member();
      return () => api.query('notices.inbox', { memberId });
    },
  ],
  [
    'a member’s own read',
    'notices',
    async (api) => {
      const { id: memberId } = await api.member();
      const { data } = await api.mutate('members.token', { id: memberId });
      const headers = { authorization: `Bearer ${data.token}` };
      return () => api.send(`/api/v1/programs/${api.programId}/me/notices`, { headers });
    },
  ],
];

test.each(SLOW)(
  'a flood of %s is told to come again, and holds up nobody else',
  async (_, table, prepare) => {
    await withApi(async (api) => {
      const other = { key: (await api.program()).key };
      const send = await prepare(api);
      let statuses: Promise<number[]> = Promise.resolve([]);
      await whileLocked(api, table, async (waiting) => {
        const flooding = flood(send);
        statuses = flooding.statuses;
        await until('the first to wait', async () => (await waiting()) === OWN_MAX);
        // Everything of another program, while the flood waits and is told.
        for (let at = 0; at < 5; at += 1) {
          expect((await api.query('members.list', {}, other)).status).toBe(200);
          expect((await api.query('programs.get', undefined, other)).status).toBe(200);
          const made = await api.mutate('members.upsert', { externalId: `other-${at}` }, other);
          expect(made.status).toBe(200);
        }
        // Of the same program what does not read by a query: changes, events, and health.
        expect((await api.mutate('members.upsert', { externalId: 'own' })).status).toBe(200);
        const event = { key: 'own', type: 'purchase', subject: 'own' };
        expect((await api.mutate('events.record', event)).status).toBe(200);
        expect((await api.send('/readyz', {})).status).toBe(200);
        await until('the rest to be told', async () => flooding.heard.length >= MANY - OWN_MAX);
        expect(new Set(flooding.heard.map((it) => JSON.stringify(told(it))))).toEqual(
          new Set([JSON.stringify(TOLD)]),
        );
        expect(await waiting()).toBeLessThanOrEqual(OWN_MAX);
      });
      expect((await statuses).filter((status) => status !== 503).every((status) => status === 200)).toBe(
        true,
      );
      expect((await send()).status).toBe(200);
      expect(await api.refusals('database_unavailable')).toBe(0);
    });
  },
);

test('with every place of reads taken, changes go on that read within their transaction', async () => {
  const api = await startApi({ reads_max: READS_MAX, writes_max: 6, readWait_ms: 500 });
  try {
    const others = [await api.program(), await api.program()];
    const { id } = await api.member('known');
    let reads: Promise<number[]>[] = [];
    await whileLocked(api, 'billing_deliveries', async (waiting) => {
      reads = others.map(({ key }) => flood(() => api.query('billing.list', {}, { key }), 10).statuses);
      await until('reads to fill their places', async () => (await waiting()) === READS_MAX);
      // Each reads the member, and more, within its transaction.
      const changes = Array.from({ length: 12 }, () =>
        api.mutate('members.block', { id, note: 'A change that reads' }),
      );
      for (const { status } of await Promise.all(changes)) expect(status).toBe(200);
      expect((await api.query('programs.get')).code).toBe('overloaded');
    });
    await Promise.all(reads);
    expect((await api.query('programs.get')).status).toBe(200);
  } finally {
    await api.close();
  }
});

test('pages that anybody may look at leave room for programs, and say to come back', async () => {
  await withApi(async (api) => {
    let statuses: Promise<number[]> = Promise.resolve([]);
    await whileLocked(api, 'badge_credentials', async (waiting) => {
      const flooding = flood(() => api.send(`/badges/verify/${randomUUID()}`, {}));
      statuses = flooding.statuses;
      await until('the first to wait', async () => (await waiting()) === OWN_MAX);
      for (let at = 0; at < 5; at += 1) expect((await api.query('members.list', {})).status).toBe(200);
      await until('the rest to be told', async () => flooding.heard.length === MANY - OWN_MAX);
      for (const { status, headers, text } of flooding.heard) {
        expect([status, headers.get('retry-after')]).toEqual([503, '1']);
        expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
        expect(text).toMatch(/try again/i);
      }
    });
    expect((await statuses).filter((status) => status === 404)).toHaveLength(OWN_MAX);
  });
});
