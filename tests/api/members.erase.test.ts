import { expect, it } from 'vitest';
import { findMemberToChange } from '../../api/trpc/lookups.ts';
import { prove } from '../../ledger/prove.ts';
import { newId } from '../../platform/ids.ts';
import { rawSql } from '../support/ledger.ts';
import { playedProgram } from '../support/play.ts';
import { fixedPolicy, publishPolicy, seedRedemption } from '../support/seed.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const erased = { status: 409, code: 'member_erased' };

/** Zoe, who signed up through Ann and bought; and what carries out the word on her, as her workflow would. */
async function zoe(name: string) {
  const { programId, database } = api;
  const play = playedProgram(database, programId);
  const ann = await play.member(`ann-${name}`);
  const email = `${name}@private.example`;
  const signup = { key: `signup-${name}`, type: 'signup', subject: name, code: ann.code, email };
  expect((await api.mutate('events.record', signup)).status).toBe(200);
  await decideSignups();
  const member = (await api.query('members.get', { externalId: name })).data;
  const erase = async (more: object = {}) => {
    const asked = await api.mutate('members.erase', { id: member.id, reason: 'request', ...more });
    expect(asked.status, asked.text).toBe(200);
    const { eventId } = asked.data;
    const ref = { programId, memberId: member.id, now_ms: Date.now() };
    await play.activities.decideMember({ ...ref, eventIds: [eventId] });
    return (await api.query('events.get', { id: eventId })).data.outcome;
  };
  return { play, ann, email, signup, member, erase };
}

async function decideSignups(): Promise<void> {
  const { programId, database, db } = api;
  const { activities } = playedProgram(database, programId);
  const where = { programId, type: 'signup', state: 'pending' } as const;
  for (const { id: eventId, workflowId } of await db.event.findMany({ where })) {
    const referralId = workflowId?.slice('referral-'.length) ?? '';
    await activities.signUp({ programId, eventId, referralId, now_ms: Date.now() });
  }
}

it('an operator erases a member and reads the report, in the outcome and later', async () => {
  await publishPolicy(api.db, api.programId, fixedPolicy(1_000n, 30), 2);
  const { member, erase } = await zoe('zoe-report');
  const outcome = await erase();
  expect(outcome).toMatchObject({ decision: 'accepted', erasure: { rows: { members: 1 }, held: [] } });
  const read = await api.query('members.erasure', { id: member.id });
  expect(read.data).toMatchObject({ memberId: member.id, badges: 'revoke', report: outcome.erasure });
  const shown = (await api.query('members.get', { id: member.id })).data;
  expect(shown).toMatchObject({ externalId: `erased-${member.id}`, email: null });
  expect(shown.erasedAt).not.toBeNull();
  const log = (await api.query('audit.list', { subject: `member:${member.id}` })).data.items;
  expect(log[0]).toMatchObject({ action: 'member.erased', detail: { reason: 'request', badges: 'revoke' } });
  expect((await prove(api.database.ownerUrl)).ok).toBe(true);
});

it('what comes late or again of an erased member is refused, and makes nobody anew', async () => {
  const { email, signup, member, erase } = await zoe('zoe-late');
  const order = {
    key: 'order-late',
    type: 'purchase',
    subject: 'zoe-late',
    value: { minor: '100', unit: 'USD' },
  };
  expect((await api.mutate('events.record', order)).status).toBe(200);
  await erase();
  const refused = (procedure: string, input: object) =>
    expectRefused(api, () => api.mutate(procedure, input), erased);
  await refused('events.record', signup);
  await refused('events.record', order);
  await refused('events.record', { ...order, key: 'order-later' });
  // The same key for somebody else, and the same mailbox under another id and spelling.
  await refused('events.record', { ...order, subject: 'somebody-else' });
  await refused('events.record', {
    ...signup,
    key: 'k',
    subject: 'zoe-2',
    email: `  ${email.toUpperCase()}`,
  });
  await refused('members.upsert', { externalId: 'zoe-late' });
  await refused('members.upsert', { externalId: 'zoe-2', email });
  const batch = await api.mutate('events.recordBatch', {
    events: [order, { ...order, key: 'order-of-another', subject: 'another' }],
  });
  expect(batch.data.results).toMatchObject([
    { ok: false, code: 'member_erased' },
    { ok: true, replayed: false },
  ]);
  const ann = await api.member('ann-of-late');
  const rename = { id: ann.id, externalId: 'zoe-late', note: 'A mix-up.' };
  await refused('members.changeExternalId', rename);
  expect(await api.db.member.count({ where: { externalId: { in: ['zoe-late', 'zoe-2'] } } })).toBe(0);
  expect((await api.query('members.get', { id: member.id })).data.externalId).toBe(`erased-${member.id}`);
});

it('nothing can be put on record of an erased member, and no word on them counts', async () => {
  const { member, erase } = await zoe('zoe-after');
  await erase();
  const { id } = member;
  const note = 'A note.';
  const refused = (procedure: string, input: object, refusal: object = erased) =>
    expectRefused(api, () => api.mutate(procedure, input), { ...erased, ...refusal });
  await refused('members.unblock', { id, note, pending: 'release' });
  await refused('members.changeExternalId', { id, externalId: 'zoe-new', note });
  await refused('links.create', { memberId: id });
  await refused('badges.setRecipient', { memberId: id, displayName: 'Zoe', identity: 'account' });
  await refused('members.setDisplayName', { id, displayName: 'Zoe' }, { status: 404, code: 'not_found' });
  const again = await erase();
  expect(again).toMatchObject({ decision: 'accepted', erasure: { rows: { members: 1 } } });
});

it('who comes back is a new member, by the mailbox alone, in that program alone', async () => {
  const { email, signup, erase } = await zoe('zoe-back');
  const comeBack = { externalId: 'zoe-again', email };
  await erase();
  const other = await api.program();
  const elsewhere = await api.mutate('members.readmit', { email }, { key: other.key });
  expect(elsewhere.data).toEqual({ lifted: false });
  await expectRefused(api, () => api.mutate('members.upsert', comeBack), erased);
  const spelled = ` ${email.toUpperCase()}`;
  expect((await api.mutate('members.readmit', { email: spelled })).data).toEqual({ lifted: true });
  expect((await api.mutate('members.readmit', { email })).data).toEqual({ lifted: false });
  await expectRefused(api, () => api.mutate('members.readmit', { email: 'nobody' }), {
    status: 400,
    code: 'email_malformed',
  });
  const { data: again } = await api.mutate('members.upsert', comeBack);
  expect(again).toMatchObject({ created: true, email, erasedAt: null });
  await expectRefused(api, () => api.mutate('events.record', signup), erased);
  await expectRefused(api, () => api.mutate('members.upsert', { externalId: 'zoe-back', email }), erased);
  // Erased once more, they stand on the list once more.
  const asked = await api.mutate('members.erase', { id: again.id, reason: 'request' });
  const ref = { programId: api.programId, memberId: again.id, now_ms: Date.now() };
  await playedProgram(api.database, api.programId).activities.decideMember({
    ...ref,
    eventIds: [asked.data.eventId],
  });
  await expectRefused(api, () => api.mutate('members.upsert', { ...comeBack, externalId: 'z' }), erased);
  const log = (await api.query('audit.list', { action: 'member.readmitted' })).data.items;
  expect(JSON.stringify(log)).not.toContain(email);
});

it('what is put on record at the moment of the erasure is erased with the rest', async () => {
  const { member, erase } = await zoe('zoe-moment');
  const { db, programId, database } = api;
  const waiting = async () =>
    await rawSql(
      database.ownerUrl,
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
  let erasing: Promise<unknown> | undefined;
  await db.$transaction(
    async (tx) => {
      const { id: memberId } = await findMemberToChange(tx, programId, { memberId: member.id });
      erasing = erase();
      await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(1);
      const link = { programId, memberId, id: newId(), code: 'zoes-own-name', destination: null };
      await tx.link.create({ data: link });
    },
    { timeout: 25_000 },
  );
  expect(await erasing).toMatchObject({ decision: 'accepted' });
  expect(await db.link.count({ where: { code: 'zoes-own-name' } })).toBe(0);
});

it('an erasure is refused while a redemption is under way', async () => {
  const { member } = await zoe('zoe-redeems');
  const wish = { minor: 100n, method: 'manual' };
  await seedRedemption(api.db, api.programId, member.id, wish);
  const ask = () => api.mutate('members.erase', { id: member.id, reason: 'law' });
  await expectRefused(api, ask, { status: 409, code: 'redemption_under_way' });
});

it('only who may erase does so, for one of a few reasons', async () => {
  const { id } = await api.member();
  const { token } = await api.key(['read', 'members:write', 'referrals:review']);
  const answer = await api.mutate('members.erase', { id, reason: 'request' }, { key: token });
  expect(answer).toMatchObject({ status: 403, code: 'scope_missing' });
  const worded = await api.mutate('members.erase', { id, reason: 'Zoe asked us to' });
  expect(worded).toMatchObject({ status: 400, code: 'input_invalid' });
  const unknown = await api.mutate('members.erase', { id: newId(), reason: 'request' });
  expect(unknown).toMatchObject({ status: 404, code: 'member_unknown' });
  expect(await api.query('members.erasure', { id })).toMatchObject({ status: 404, code: 'not_found' });
});

it('a kept answer that names an erased member is gone, and its change is not made again', async () => {
  const { member, erase } = await zoe('zoe-answers');
  const again = { idempotencyKey: 'a change of names' };
  const change = { id: member.id, displayName: 'Zoe' };
  expect((await api.mutate('members.setDisplayName', change, again)).status).toBe(200);
  await erase();
  const repeated = await api.mutate('members.setDisplayName', change, again);
  expect(repeated).toMatchObject({ status: 409, code: 'answer_erased' });
});
