import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { KeptMonths } from '../../domain/privacy/months.ts';
import { lowestIdAt, newId } from '../../platform/ids.ts';
import { withClient } from '../../prisma/connection.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { until } from '../../tests/support/hand-over.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { forgetPast, giveEventId, monthOf } from '../../tests/support/months.ts';
import { seedEvent, seedMember, seedProgram, testPolicy } from '../../tests/support/seed.ts';
import { lapse } from '../../tests/support/surveyed-member.ts';
import { keepByMonths } from './months.ts';

const database = useDatabase();
const NOTHING: KeptMonths = { clicks: null, notices: null, messages: null, events: null };

const keep = (kept: Partial<KeptMonths>) => keepByMonths(database.db, { ...NOTHING, ...kept }, Date.now());

beforeAll(() => forgetPast(database));

const decideAll = (programId: string, ids: readonly string[]) =>
  database.db.event.updateMany({
    where: { programId, id: { in: [...ids] } },
    data: { state: 'decided', outcome: { decision: 'accepted' }, decidedAt: new Date() },
  });

/** A program with decided logins of a stranger, received in a month that has a partition of its own. */
async function oldLogins(months: number, count: number) {
  const programId = await seedProgram(database.db, testPolicy());
  const { at: received, part } = monthOf('events', months);
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const login = { type: 'login', subject: 'stranger', at: received, received };
    ids.push((await seedEvent(database.db, programId, { ...login, key: `login-${nth}` })).id);
  }
  await decideAll(programId, ids);
  await keep({});
  return { programId, received, part, ids };
}

/** Which events of a program are there, in order. */
const left = async (programId: string) =>
  (await database.db.event.findMany({ where: { programId }, orderBy: { seq: 'asc' } })).map(({ id }) => id);

const waitForLock = (what: string, table: string) =>
  until(what, async () => {
    const waits = await rawSql<{ pid: number }>(
      database.ownerUrl,
      'SELECT pid FROM pg_locks WHERE NOT granted AND relation = $1::regclass',
      [table],
    );
    return waits.length > 0;
  });

test('what is erased while a month is copied is erased in the copy, and claims go on meanwhile', async () => {
  const { programId, part, ids } = await oldLogins(9, 2);
  await database.db.event.updateMany({ where: { programId }, data: { type: 'signup', subject: 'ann' } });
  await withClient(database.ownerUrl, async (erasure) => {
    await withClient(database.ownerUrl, async (upkeep) => {
      const [first] = ids;
      await erasure.query('BEGIN');
      await erasure.query(`UPDATE events SET subject = 'erased' WHERE id = $1`, [first]);
      await upkeep.query('BEGIN');
      const copied = upkeep.query<{ kept: string }>('SELECT events_keep($1) AS kept', [part]);
      await waitForLock('the table of events', 'events');
      // It holds the table already, as whoever claims events does, and would wait here for the month.
      await erasure.query(`SET LOCAL lock_timeout = '5s'`);
      await erasure.query(`SELECT id FROM events WHERE state = 'pending' FOR UPDATE SKIP LOCKED`);
      await erasure.query('COMMIT');
      const kept = (await copied).rows[0]?.kept ?? '';
      const { rows } = await upkeep.query(`SELECT id::text, subject FROM ${kept} ORDER BY seq`);
      expect(rows).toEqual([
        { id: ids[0], subject: 'erased' },
        { id: ids[1], subject: 'ann' },
      ]);
      await upkeep.query('ROLLBACK');
    });
  });
});

test('what a refund names that waits stays with its month, and goes when it is decided', async () => {
  const { programId, part, ids, received } = await oldLogins(8, 2);
  const refund = await seedEvent(database.db, programId, {
    type: 'refund',
    subject: 'stranger',
    refundOf: 'login-0',
    at: received,
  });
  expect(await keep({ events: 5 })).toEqual({ gone: expect.arrayContaining([part]), letGo: 0 });
  expect(await left(programId)).toEqual([ids[0], refund.id]);
  await decideAll(programId, [refund.id]);
  // The months take turns; none is looked at that is within what is kept.
  const hours = async (months: number) => {
    for (let hour = 0; hour < 12; hour += 1) {
      const at_ms = Date.now() + hour * 3_600_000;
      await keepByMonths(database.db, { ...NOTHING, events: months }, at_ms);
    }
  };
  await hours(20);
  expect(await left(programId)).toEqual([ids[0], refund.id]);
  await hours(5);
  expect(await left(programId)).toEqual([refund.id]);
});

test('the command that counted an event for points stays as long as the event', async () => {
  const { programId, ids, received } = await oldLogins(7, 2);
  await database.db.event.updateMany({ where: { programId, id: ids[1] ?? '' }, data: { type: 'signup' } });
  const acted: string[] = [];
  for (const [event, at] of [
    [ids[0], received],
    [ids[1], received],
    [ids[1], monthOf('events', 6).at],
  ] as const) {
    const command = { type: 'member.acted', workflowId: 'member-x', payload: { event } };
    const { id } = await seedEvent(database.db, programId, { ...command, at, received: at });
    acted.push(id);
  }
  await decideAll(programId, acted);
  await keep({ events: 5 });
  expect(await left(programId)).toEqual([ids[1], ...acted.slice(1)]);
});

/** The command that counted an event for points, received in the same month. */
async function counted(programId: string, event: string, received: Date): Promise<string> {
  const command = { type: 'member.acted', workflowId: 'member-x', payload: { event } };
  const { id } = await seedEvent(database.db, programId, { ...command, at: received, received });
  await decideAll(programId, [id]);
  return id;
}

test('a command stays with its event though a transaction lasts that began between the two', async () => {
  const { programId, part, ids, received } = await oldLogins(12, 1);
  await database.db.event.updateMany({ where: { programId }, data: { type: 'signup' } });
  await withClient(database.ownerUrl, async (backup) => {
    await backup.query('BEGIN');
    await backup.query('SELECT pg_current_xact_id()');
    const acted = await counted(programId, ids[0] ?? '', received);
    expect((await keep({ events: 5 })).gone).toContain(part);
    expect(await left(programId)).toEqual([ids[0], acted]);
  });
});

test('a command stays with its event that is needed again while the month is copied', async () => {
  const { programId, part, ids, received } = await oldLogins(13, 1);
  const acted = await counted(programId, ids[0] ?? '', received);
  await withClient(database.ownerUrl, async (writer) => {
    await withClient(database.ownerUrl, async (upkeep) => {
      await writer.query('BEGIN');
      await writer.query(`UPDATE events SET type = 'signup' WHERE id = $1`, [ids[0]]);
      await upkeep.query('BEGIN');
      const copied = upkeep.query<{ kept: string }>('SELECT events_keep($1) AS kept', [part]);
      await waitForLock('the table of events', 'events');
      await writer.query('COMMIT');
      const kept = (await copied).rows[0]?.kept ?? '';
      const { rows } = await upkeep.query(`SELECT id::text FROM ${kept} ORDER BY seq`);
      expect(rows).toEqual([{ id: ids[0] }, { id: acted }]);
      await upkeep.query('ROLLBACK');
    });
  });
});

test('what comes while its month is looked for moves with it, whenever its writer commits', async () => {
  const programId = await seedProgram(database.db, testPolicy());
  const member = await seedMember(database.db, programId, 'ann');
  const { at, part } = monthOf('touches', 11);
  const insert = `INSERT INTO touches (program_id, id, link_id, visitor_id, occurred_at)
    VALUES ($1, $2, $3, $4, $5)`;
  const click = (nth: number) => [programId, lowestIdAt(at.getTime() + nth), member.linkId, newId(), at];
  await withClient(database.ownerUrl, async (writer) => {
    await writer.query(insert, click(1));
    await writer.query('BEGIN');
    await writer.query(insert, click(2));
    const kept = keep({});
    await waitForLock('the partition of the rest', 'touches_rest');
    await writer.query('COMMIT');
    await kept;
  });
  // It may have waited as long as it may: the next run does it.
  await keep({});
  expect(await rawSql(database.ownerUrl, `SELECT 1 FROM ${part}`)).toHaveLength(2);
});

test('a click stays for as long as a signup waits that may have come by it', async () => {
  const attribution = { model: 'last_touch', window_days: 20 } as const;
  const programId = await seedProgram(database.db, testPolicy({ attribution }));
  const member = await seedMember(database.db, programId, 'ann');
  const { at, part } = monthOf('touches', 12);
  const click = { programId, linkId: member.linkId, visitorId: newId(), occurredAt: at };
  await database.db.touch.create({ data: { ...click, id: lowestIdAt(at.getTime() + 1) } });
  const signup = await seedEvent(database.db, programId, { type: 'signup', subject: 'bob', at });
  expect((await keep({ clicks: 1 })).gone).not.toContain(part);
  await decideAll(programId, [signup.id]);
  expect((await keep({ clicks: 1 })).gone).toContain(part);
});

test('events stay for as long as a survey may ask since when a member has been silent', async () => {
  const { programId, ids } = await oldLogins(4, 1);
  const moment = { on: 'lapse', days: 150 } as const;
  const policy = testPolicy({ surveys: [{ ...lapse, moment }] });
  await seedProgram(database.db, policy);
  await keep({ events: 1 });
  expect(await left(programId)).toEqual(ids);
});

test('events whose id says no month, or one far ahead, go by when they were received', async () => {
  const programId = await seedProgram(database.db, testPolicy());
  const now = new Date();
  const { at: old } = monthOf('events', 9);
  const far = () => lowestIdAt(Date.UTC(2999, 4, 5)).replace(/.{12}$/, newId().slice(-12));
  const random = () => `f${randomUUID().slice(1)}`;
  const bring = async (to: string, received: Date, isDecided: boolean) => {
    const login = { type: 'login', subject: 'stranger', at: received, received };
    const { id } = await seedEvent(database.db, programId, login);
    if (isDecided) await decideAll(programId, [id]);
    await giveEventId(database, programId, id, to);
    return to;
  };
  const staying: string[] = [];
  for (const toId of [random, far]) {
    await bring(toId(), old, true);
    staying.push(await bring(toId(), old, false), await bring(toId(), now, true));
  }
  for (let hour = 0; hour < 12; hour += 1) {
    await keepByMonths(database.db, { ...NOTHING, events: 5 }, Date.now() + hour * 3_600_000);
  }
  const rows = await database.db.event.findMany({ where: { programId } });
  expect(rows.map(({ id }) => id).sort()).toEqual(staying.sort());
  const parts = await rawSql<{ part: string }>(database.ownerUrl, 'SELECT part FROM months_list()');
  expect(parts.filter(({ part }) => /_(2999|\d{5})_/.test(part))).toEqual([]);
});
