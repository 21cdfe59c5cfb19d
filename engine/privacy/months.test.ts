import { beforeAll, expect, test } from 'vitest';
import { examplePayload } from '../../domain/messages.ts';
import type { KeptMonths } from '../../domain/privacy/months.ts';
import { lowestIdAt, newId } from '../../platform/ids.ts';
import { withClient } from '../../prisma/connection.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { forgetPast, monthOf } from '../../tests/support/months.ts';
import { seedTold } from '../../tests/support/notices.ts';
import { playProgram, useActivities } from '../../tests/support/play.ts';
import {
  fixedPolicy,
  referralIdOf,
  seedEvent,
  seedMember,
  seedProgram,
  testPolicy,
  testRule,
  usd,
} from '../../tests/support/seed.ts';
import { seedWebhook } from '../../tests/support/webhook-receiver.ts';
import { callWorkflows } from '../events/commands.ts';
import { tell } from '../events/outbox.ts';
import { recordedParts } from '../leaderboards/record.ts';
import { keepByMonths } from './months.ts';

const database = useDatabase();
const activities = useActivities(database);
const FOR_EVER: KeptMonths = { clicks: null, notices: null, messages: null, events: null };

const partsOf = async (table: string) =>
  (
    await rawSql<{ part: string }>(
      database.ownerUrl,
      'SELECT part FROM months_list() WHERE parent = $1 ORDER BY until',
      [table],
    )
  ).map(({ part }) => part);

const ended = (kept: Partial<KeptMonths>) => keepByMonths(database.db, { ...FOR_EVER, ...kept }, Date.now());
const keep = async (kept: Partial<KeptMonths>) => (await ended(kept)).gone;

beforeAll(() => forgetPast(database));

/** A program with a member, whose policy attributes by clicks of so many days. */
async function shop(window_days: number) {
  const attribution = { model: 'last_touch', window_days } as const;
  const programId = await seedProgram(database.db, testPolicy({ attribution }));
  return { programId, member: await seedMember(database.db, programId, 'ann') };
}

async function clickOf({ programId, member }: Awaited<ReturnType<typeof shop>>, at: Date) {
  const id = lowestIdAt(at.getTime() + 5);
  const click = { programId, id, linkId: member.linkId, visitorId: newId(), occurredAt: at };
  await database.db.touch.create({ data: click });
  return id;
}

test('clicks go with their month once neither the configuration nor a policy keeps them', async () => {
  const on = await shop(100);
  const months = [14, 13, 3, 0];
  const ids = await Promise.all(months.map((n) => clickOf(on, monthOf('touches', n).at)));
  const left = async () => (await database.db.touch.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id);
  expect(await keep({})).toEqual([]);
  expect(await left()).toEqual(ids);
  expect(await partsOf('touches')).toEqual(
    expect.arrayContaining(months.map((n) => monthOf('touches', n).part)),
  );
  expect(await keep({ clicks: 13 })).toEqual([monthOf('touches', 14).part]);
  expect(await left()).toEqual(ids.slice(1));
  // A hundred days reach into the third month back.
  expect(await keep({ clicks: 1 })).toEqual([monthOf('touches', 13).part]);
  expect(await left()).toEqual(ids.slice(2));
  expect(await keep({ clicks: 1 })).toEqual([]);
});

test('room for the months to come is made once, however many ask for it at once', async () => {
  await Promise.all(Array.from({ length: 4 }, () => activities.keepMonths({ now_ms: Date.now() })));
  const coming = [0, -1].map((n) => monthOf('outbox', n).part);
  expect((await partsOf('outbox')).filter((part) => coming.includes(part))).toEqual(coming);
});

test('notices and e-mails that nobody had made room for move to their month, and go together', async () => {
  const { db } = database;
  const { programId, member } = await shop(1);
  const { at: createdAt, part } = monthOf('notices', 5);
  const own = { programId, memberId: member.id, createdAt };
  const id = newId();
  const notice = { id, kind: 'reward.available', key: id, params: {}, locale: 'en', inInbox: true };
  await db.notice.create({ data: { ...own, ...notice } });
  const email = { noticeId: id, category: 'service', dueAt: createdAt, queuedAt: createdAt } as const;
  await db.noticeEmail.create({ data: { ...own, ...email } });
  expect(await keep({ notices: 1 })).toEqual([]);
  expect(await partsOf('notice_emails')).toContain(monthOf('notice_emails', 5).part);
  await db.noticeEmail.updateMany({
    where: own,
    data: { state: 'sent', sentAt: createdAt, begunAt: createdAt },
  });
  expect(await keep({ notices: 1 })).toEqual([monthOf('notice_emails', 5).part, part]);
  expect(await db.notice.count({ where: own })).toBe(0);
});

test('a message waits past its time for endpoints and members, and is never told again after', async () => {
  const { db } = database;
  const { programId, member } = await shop(1);
  const endpoint = await seedWebhook(db, programId, { url: 'https://shop.example/hook' });
  const { at: createdAt, part } = monthOf('outbox', 4);
  const said = {
    key: 'told long ago',
    subject: `member:${member.id}` as const,
    members: [],
    type: 'level.reached' as const,
  };
  const message = { ...said, payload: examplePayload(said.type) };
  await db.outbox.create({
    data: { ...message, payload: { ...message.payload } as object, programId, createdAt },
  });
  const told = await seedTold(db, { programId, memberId: member.id, key: message.key });
  expect(await keep({ messages: 1 })).toEqual([]);
  await db.webhookEndpoint.updateMany({
    where: { id: endpoint.id },
    data: { status: 'disabled', reason: 'failing' },
  });
  expect(await keep({ messages: 1 })).toEqual([]);
  await activities.tellMember({
    programId,
    memberId: member.id,
    eventIds: [told.eventId],
    now_ms: Date.now(),
  });
  expect(await keep({ messages: 1 })).toEqual([part]);
  const again = await db.$transaction((tx) => tell(tx, programId, [message]));
  expect([...again]).toEqual([]);
  expect(await db.outbox.count({ where: { programId } })).toBe(0);
  expect(await activities.forgetDeliveries({ now_ms: Date.now() })).toEqual({ forgotten: 0 });
  const where = { programId, endpointId: endpoint.id };
  expect(await db.webhookDelivery.findMany({ where })).toMatchObject([{ state: 'dropped' }]);
});

test('a month that somebody reads stays until the next run, and holds up nobody meanwhile', async () => {
  const on = await shop(0);
  const { at, part } = monthOf('touches', 8);
  const id = await clickOf(on, at);
  await keep({});
  const left = () => database.db.touch.count({ where: { id } });
  await withClient(database.ownerUrl, async (backup) => {
    await backup.query('BEGIN; LOCK TABLE touches IN ACCESS SHARE MODE');
    expect(await keep({ clicks: 1 })).toEqual([]);
    expect(await left()).toBe(1);
    await backup.query('COMMIT');
  });
  expect(await keep({ clicks: 1 })).toEqual([part]);
  expect(await left()).toBe(0);
});

test('nobody ends what the last 28 days brought, whatever they ask', async () => {
  const on = await shop(0);
  const id = await clickOf(on, new Date(Date.now() - 27 * 86_400_000));
  await database.db.$queryRaw`SELECT months_drop('touches', 'infinity')`;
  expect(await database.db.touch.count({ where: { id } })).toBe(1);
});

test('of a month of events stays what is still asked for, and none of it is ever taken again', async () => {
  const { db } = database;
  const program = await playProgram(database, activities, fixedPolicy(500n, 0));
  const [ann, programId] = [await program.member('ann'), program.id];
  const { at: received, part } = monthOf('events', 6);
  const old = { at: received, received };
  const signup = await program.signUp('bob', { code: ann.code }, old);
  const first = await program.act('bob', old);
  const stranger = { ...old, type: 'login', subject: 'stranger' };
  const login = await seedEvent(db, programId, { ...stranger, key: 'login-1' });
  const open = await seedEvent(db, programId, stranger);
  const refund = await seedEvent(db, programId, { ...stranger, type: 'refund', refundOf: 'login-1' });
  const outcome = { decision: 'refused', code: 'not_referred', message: '' };
  await db.event.updateMany({
    where: { programId, id: { in: [login.id, refund.id] } },
    data: { state: 'decided', outcome, decidedAt: received },
  });
  expect(await keep({ events: 5 })).toEqual([part]);
  expect(await keep({ events: 5 })).toEqual([]);
  const left = async (type?: string) => {
    const where = { programId, receivedAt: received, ...(type && { type }) };
    return (await db.event.findMany({ where, orderBy: { seq: 'asc' } })).map(({ id }) => id);
  };
  expect(await left()).toEqual([signup.id, first.id, open.id, refund.id]);
  // What stays is changed like any other.
  await db.event.updateMany({ where: { programId, id: open.id }, data: { state: 'parked' } });
  const call = { programId, workflowId: 'w', type: 'test.due', key: 'once', at: received } as const;
  expect(await callWorkflows(db, [call])).toBe(1);
  await rawSql(database.ownerUrl, 'DELETE FROM events WHERE program_id = $1 AND workflow_id = $2', [
    programId,
    'w',
  ]);
  expect(await callWorkflows(db, [call])).toBe(0);
});

test('a purchase that goes with its month leaves ranks, money and milestones as they are', async () => {
  const { db } = database;
  const program = await playProgram(database, activities, fixedPolicy(500n, 0));
  const [ann, programId] = [await program.member('ann'), program.id];
  const { at: received, part } = monthOf('events', 7);
  const old = { at: received, received };
  await program.signUp('bob', { code: ann.code }, old);
  const bought = await program.act('bob', { ...old, value: usd(5_000n) });
  await program.end('bob', Date.now());
  const parts = () => recordedParts(db, programId, ann.id);
  const [before, balance] = [await parts(), await program.balance(ann.id)];
  expect(before).toHaveLength(1);
  expect(await keep({ events: 5 })).toEqual([part]);
  expect(await parts()).toEqual(before);
  expect(await program.balance(ann.id)).toEqual(balance);
  expect(await db.event.count({ where: { programId, id: bought.id } })).toBe(1);
});

test('what an action earned is taken back by hand though its event went with its month', async () => {
  const { db } = database;
  const each = testRule({
    id: 'each',
    trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
    benefit: { kind: 'fixed', amount: usd(100n) },
  });
  const program = await playProgram(database, activities, testPolicy({ rules: [each] }));
  const [ann, programId] = [await program.member('ann'), program.id];
  const { at: received, part } = monthOf('events', 10);
  const old = { at: received, received };
  await program.signUp('bob', { code: ann.code }, old);
  await program.act('bob', old);
  const second = await program.act('bob', { ...old, at: new Date(received.getTime() + 1_000) });
  await program.end('bob', Date.now());
  const earned = async () => (await program.balance(ann.id, new Date())).available_minor;
  expect(await earned()).toBe(200n);
  expect(await keep({ events: 5 })).toEqual([part]);
  expect(await db.event.count({ where: { programId, id: second.id } })).toBe(0);
  const [reward] = await db.reward.findMany({ where: { programId, eventId: second.id } });
  const payload = { rewardId: reward?.id ?? '', note: 'by hand' };
  const { id: eventId } = await seedEvent(db, programId, { type: 'reward.taken_back', payload });
  const ref = { programId, referralId: referralIdOf(programId, 'bob'), eventId, now_ms: Date.now() };
  await activities.correctReferralReward(ref);
  const command = await db.event.findFirstOrThrow({ where: { programId, id: eventId } });
  expect(command.outcome).toMatchObject({ decision: 'accepted' });
  expect(await earned()).toBe(100n);
});
