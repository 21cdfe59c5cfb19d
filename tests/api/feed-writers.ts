import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll } from 'vitest';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import type { TestApi } from './harness.ts';

const closed = (referralId: string): OutboxMessage => ({
  key: `referral.closed:${referralId}`,
  subject: `referral:${referralId}`,
  members: [],
  type: 'referral.closed',
  payload: { referralId },
});

const granted = (rewardId: string, memberId: string): OutboxMessage => ({
  key: `reward.granted:${rewardId}`,
  subject: `member:${memberId}`,
  members: [memberId],
  type: 'reward.granted',
  payload: {
    rewardId,
    memberId,
    referralId: null,
    kind: 'credit',
    label: null,
    amount: { minor: '100', unit: 'USD' },
    source: 'operator',
    ruleId: 'gift',
    status: 'available',
    maturesAt: '2026-01-01T00:00:00.000Z',
  },
});

const INSERT = `
  INSERT INTO outbox (program_id, key, subject, type, payload) VALUES ($1, $2, $3, $4, $5)`;

/** What fills the feeds of the API under test. */
export function useFeedWriters(api: TestApi) {
  const clients: pg.Client[] = [];
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
  });
  const send = (programId: string, messages: readonly OutboxMessage[]) =>
    api.db.$transaction((tx) => tell(tx, programId, messages));

  async function tellClosed(): Promise<string>;
  async function tellClosed(count: number, programId?: string): Promise<string[]>;
  async function tellClosed(count?: number, programId = api.programId): Promise<string | string[]> {
    const ids = Array.from({ length: count ?? 1 }, () => randomUUID());
    await send(programId, ids.map(closed));
    return count === undefined ? (ids[0] ?? '') : ids;
  }

  return {
    tellClosed,
    async tellReward(memberId: string): Promise<string> {
      const rewardId = randomUUID();
      await send(api.programId, [granted(rewardId, memberId)]);
      return rewardId;
    },
    /** A connection whose transactions a test begins and ends itself. */
    async writer() {
      const client = new pg.Client({ connectionString: api.database.url });
      await client.connect();
      clients.push(client);
      const insert = (key: string, subject: string, type: string, payload: object) =>
        client.query(INSERT, [api.programId, key, `referral:${subject}`, type, payload]);
      return {
        /** Takes the transaction's id at once: transactions may end in another order than they begin. */
        begin: () => client.query('BEGIN; SELECT pg_current_xact_id()'),
        end: (how: 'COMMIT' | 'ROLLBACK') => client.query(how),
        async tell(): Promise<string> {
          const referralId = randomUUID();
          await insert(`referral.closed:${referralId}`, referralId, 'referral.closed', { referralId });
          return referralId;
        },
        /** Tells the next message of a subject, which it locks. Returns the subject with its number. */
        async tellNth(referralId: string): Promise<string> {
          await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [referralId]);
          const { rows } = await client.query<{ nth: number }>(
            'SELECT 1 + count(*)::int AS nth FROM outbox WHERE program_id = $1 AND subject = $2',
            [api.programId, `referral:${referralId}`],
          );
          const nth = rows[0]?.nth ?? 0;
          const payload = { referralId, eventId: referralId, nth };
          await insert(`${referralId}:${nth}`, referralId, 'referral.qualified', payload);
          return `${referralId}:${nth}`;
        },
      };
    },
  };
}

type FeedWriter = Awaited<ReturnType<ReturnType<typeof useFeedWriters>['writer']>>;

/** Transactions that overlap those of others, some of them for long, some in vain. Returns what was told. */
export async function writeAtRandom(
  writer: FeedWriter,
  subjects: readonly string[],
  count: number,
): Promise<string[]> {
  const told: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    await writer.begin();
    const subject = subjects[Math.floor(Math.random() * subjects.length)] ?? '';
    const names = [await writer.tellNth(subject), await writer.tellNth(subject)];
    if (Math.random() < 0.3) await pause(Math.random() * 20);
    const isKept = Math.random() < 0.8;
    await writer.end(isKept ? 'COMMIT' : 'ROLLBACK');
    if (isKept) told.push(...names);
  }
  return told;
}
