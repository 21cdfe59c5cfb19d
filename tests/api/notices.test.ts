import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/create.ts';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { type Subscription, unsubscribeUrl } from '../../engine/notices/links.ts';
import { createMailboxMailer } from '../../engine/notices/mailbox.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { readSurveyToken } from '../../engine/surveys/link.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { sendNext } from '../../worker/notices/sender.ts';
import { seedTold, testNotices } from '../support/notices.ts';
import { publishPolicy, TEST_BADGES, TEST_LINK_SECRET, TEST_PAYOUTS, testPolicy } from '../support/seed.ts';
import { startApi, useApi } from './harness.ts';

const LINKS = { publicUrl: 'http://localhost:3000', linkSecret: TEST_LINK_SECRET };

let memberId: string;

const api = useApi();

beforeAll(async () => {
  await publishPolicy(api.db, api.programId, testPolicy({ notices: testNotices() }), 2);
});

beforeEach(async () => {
  memberId = (await api.member()).id;
});

const activities = () =>
  createActivities({
    db: api.db,
    databaseUrl: api.database.url,
    policies: createPolicies(),
    badges: TEST_BADGES,
    payouts: TEST_PAYOUTS,
    countDecision: () => undefined,
    log: createLog('test', 'fatal'),
  });

/** Tells the member so many things, one after the other. Gives the notices' ids. */
async function told(count = 1, message: Partial<Parameters<typeof seedTold>[1]> = {}): Promise<string[]> {
  const { programId } = api;
  const ids: string[] = [];
  for (let now_ms = Date.now() - count; ids.length < count; now_ms += 1) {
    const { eventId, noticeId } = await seedTold(api.db, { programId, memberId, ...message });
    await activities().tellMember({ programId, memberId, eventIds: [eventId], now_ms });
    ids.push(noticeId);
  }
  return ids;
}

const sendDue = async (now_ms = Date.now() + 1_000) => {
  const options = {
    db: api.db,
    policies: createPolicies(),
    links: LINKS,
    mailer: createMailboxMailer(api.dataDir, { address: 'rewards@example.com', name: null }),
    log: createLog('test', 'silent'),
    metrics: { emails: { inc: () => undefined } as never },
    now: () => now_ms,
  };
  while ((await sendNext(options)) === 0);
};

const withEmail = (email: string | null, input: object = {}) =>
  api.db.member.update({
    where: { programId_id: { programId: api.programId, id: memberId } },
    data: { email, ...input },
  });

describe('the inbox', () => {
  it('shows a member’s notices, the newest first, page by page, in the member’s language', async () => {
    const ids = await told(5);
    await withEmail(null, { locale: 'de' });
    const first = await api.query('notices.inbox', { memberId, limit: 3 });
    expect(first.data.items.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(0, 3));
    expect(first.data.unread).toBe(5);
    expect(first.data.items[0]).toMatchObject({
      kind: 'reward.available',
      category: 'engagement',
      url: null,
      readAt: null,
      params: { amount: { minor: '1250', unit: 'USD' } },
    });
    expect(first.data.items[0].subject.replace('\u00a0', ' ')).toBe('Jetzt verfügbar: 12,50 $');
    const second = await api.query('notices.inbox', { memberId, limit: 3, cursor: first.data.nextCursor });
    expect(second.data.items.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(3));
    expect(second.data.nextCursor).toBeNull();
  });

  it('leads to what a notice is about', async () => {
    const credentialId = newId();
    await told(1, { type: 'badge.issued', payload: { label: 'Founder', credentialId } });
    const { data } = await api.query('notices.inbox', { memberId });
    expect(data.items[0].url).toBe(`http://localhost:3000/badges/verify/${credentialId}`);
    expect(data.items[0].text).toContain(data.items[0].url);
  });

  it('leads to a survey by a link that opens it', async () => {
    const surveyId = newId();
    await told(1, { type: 'survey.asked', payload: { surveyId, memberId, ruleId: 'nps' } });
    const { data } = await api.query('notices.inbox', { memberId });
    const [, token = ''] = /^http:\/\/localhost:3000\/s\/(\S+)$/.exec(data.items[0].url) ?? [];
    const read = readSurveyToken(TEST_LINK_SECRET, token, Date.now());
    expect(read).toEqual({ ok: true, surveyId });
  });

  it('marks as read what is named, or all, each once, and counts what is left', async () => {
    const [first = '', second = ''] = await told(3);
    const read = (input: object) => api.mutate('notices.markRead', { memberId, ...input });
    expect((await read({ noticeIds: [first, second] })).data).toEqual({ read: 2, unread: 1 });
    const { data } = await api.query('notices.inbox', { memberId });
    expect((await read({ noticeIds: [first] })).data).toEqual({ read: 0, unread: 1 });
    const again = await api.query('notices.inbox', { memberId });
    expect(again.data.items).toEqual(data.items);
    expect((await api.query('notices.inbox', { memberId, unread: true })).data.items).toHaveLength(1);
    expect((await read({})).data).toEqual({ read: 1, unread: 0 });
  });

  it('has nothing of another member, and nothing that is told by e-mail alone', async () => {
    const [id = ''] = await told();
    const other = await api.member();
    expect((await api.query('notices.inbox', { memberId: other.id })).data.items).toEqual([]);
    const read = await api.mutate('notices.markRead', { memberId: other.id, noticeIds: [id] });
    expect(read.data).toEqual({ read: 0, unread: 0 });
    const kinds = { 'reward.available': { inbox: false, email: true } };
    await publishPolicy(api.db, api.programId, testPolicy({ notices: testNotices({ kinds }) }), 3);
    await told();
    await publishPolicy(api.db, api.programId, testPolicy({ notices: testNotices() }), 4);
    expect((await api.query('notices.inbox', { memberId })).data).toMatchObject({
      unread: 1,
      items: [{ id }],
    });
  });

  it('is closed to keys of other programs, and for members that do not exist', async () => {
    await told();
    const other = await api.program();
    const options = { key: other.key };
    for (const procedure of ['notices.inbox', 'notices.preferences'])
      expect((await api.query(procedure, { memberId }, options)).code).toBe('member_unknown');
    expect((await api.mutate('notices.markRead', { memberId }, options)).code).toBe('member_unknown');
    const input = { memberId, category: 'service', email: false };
    expect((await api.mutate('notices.setPreference', input, options)).code).toBe('member_unknown');
    expect((await api.query('notices.deliveries', {}, options)).data.items).toEqual([]);
    expect((await api.query('notices.inbox', { memberId: newId() })).status).toBe(404);
  });
});

describe('the local mailbox', () => {
  it('holds each e-mail that would have been sent, for tRPC and for the browser', async () => {
    await withEmail('ann@example.com');
    const [noticeId = ''] = await told();
    await sendDue();
    await sendDue();
    const { data } = await api.query('notices.mailbox');
    const own = data.items.filter((it: { noticeId: string }) => it.noticeId === noticeId);
    expect(own).toMatchObject([{ to: 'ann@example.com', subject: 'Now yours to use: $12.50' }]);
    expect(own[0].html).toContain('<p>The hold on your reward');
    const list = await api.send('/mailbox', {});
    expect(list.text).toContain(`/mailbox/${noticeId}`);
    const page = await api.send(`/mailbox/${noticeId}`, {});
    expect(page.text).toContain('ann@example.com');
    const body = await api.send(`/mailbox/${noticeId}/body`, {});
    expect(body.headers.get('content-security-policy')).toContain('sandbox');
    const raw = await api.send(`/mailbox/${noticeId}/raw`, {});
    expect(raw.text).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect((await api.send(`/mailbox/${newId()}`, {})).status).toBe(404);
  });

  it('is another program’s to see for nobody with a key', async () => {
    await withEmail('ann@example.com');
    await told();
    await sendDue();
    const other = await api.program();
    expect((await api.query('notices.mailbox', undefined, { key: other.key })).data.items).toEqual([]);
  });

  it('escapes what anybody wrote', async () => {
    await withEmail('ann@example.com');
    const [noticeId] = await told(1, {
      type: 'level.reached',
      payload: { to: '<script>alert(1)</script>' },
    });
    await sendDue();
    for (const address of ['/mailbox', `/mailbox/${noticeId}`, `/mailbox/${noticeId}/body`])
      expect((await api.send(address, {})).text).not.toContain('<script>');
  });

  it('does not exist in production', async () => {
    const production = await startApi({ isDevelopment: false, dataDir: api.dataDir });
    expect((await production.send('/mailbox', {})).status).toBe(404);
    expect((await production.query('notices.mailbox')).code).toBe('not_found');
    await production.close();
  });
});

describe('unsubscribing', () => {
  const subscription = (changes: Partial<Subscription> = {}): Subscription => ({
    programId: api.programId,
    memberId,
    category: 'engagement',
    ...changes,
  });
  const pathOf = (changes: Partial<Subscription> = {}) =>
    new URL(unsubscribeUrl(subscription(changes), LINKS)).pathname;
  const preference = async () => (await api.query('notices.preferences', { memberId })).data.items;
  const ONE_CLICK = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  };

  it('takes one click, at once, without a login, without a redirect, and for that category alone', async () => {
    const answer = await api.send(pathOf(), ONE_CLICK);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('location')).toBeNull();
    expect(await preference()).toEqual([
      { category: 'service', email: true },
      { category: 'engagement', email: false },
    ]);
    expect((await api.send(pathOf(), ONE_CLICK)).status).toBe(200);
  });

  it('takes a form of the other kind, and no body at all', async () => {
    const body = new FormData();
    body.set('List-Unsubscribe', 'One-Click');
    expect((await api.send(pathOf(), { method: 'POST', body })).status).toBe(200);
    expect((await api.send(pathOf({ category: 'service' }), { method: 'POST' })).status).toBe(200);
    expect(await preference()).toEqual([
      { category: 'service', email: false },
      { category: 'engagement', email: false },
    ]);
  });

  it('works by the very link of an e-mail, and stops what was queued before', async () => {
    await withEmail('ann@example.com');
    const [first = ''] = await told();
    await sendDue();
    const [queued = ''] = await told();
    const { data } = await api.query('notices.mailbox');
    const { text } = data.items.find((it: { noticeId: string }) => it.noticeId === first);
    const [, path = ''] = /http:\/\/localhost:3000(\/u\/\S+)/.exec(text) ?? [];
    expect((await api.send(path, ONE_CLICK)).status).toBe(200);
    await sendDue();
    const where = { programId_noticeId: { programId: api.programId, noticeId: queued } };
    expect(await api.db.noticeEmail.findUnique({ where })).toMatchObject({
      state: 'suppressed',
      reason: 'unsubscribed',
    });
  });

  it('by looking at the page ends nothing, and the page has a button that does', async () => {
    const page = await api.send(pathOf(), {});
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/<form method="post">.*<button>Unsubscribe<\/button>/);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect((await preference())[1]).toEqual({ category: 'engagement', email: true });
    await withEmail(null, { locale: 'de-AT' });
    expect((await api.send(pathOf(), {})).text).toContain('<button>Abbestellen</button>');
    expect((await api.send(pathOf(), ONE_CLICK)).text).toContain('Du hast dich abgemeldet.');
  });

  it('by a link that was changed, made with another secret, or names a member of no program, ends nothing', async () => {
    const forged = new URL(
      unsubscribeUrl(subscription(), { ...LINKS, linkSecret: 'somebody else’s secret' }),
    );
    const paths = [
      `${pathOf().slice(0, -1)}${pathOf().endsWith('A') ? 'B' : 'A'}`,
      forged.pathname,
      pathOf({ programId: newId() }),
      '/u/x',
    ];
    for (const path of paths) {
      expect((await api.send(path, ONE_CLICK)).status).toBe(404);
      expect((await api.send(path, { headers: { 'accept-language': 'de,en' } })).text).toContain(
        'nicht gültig',
      );
    }
    expect((await preference()).every(({ email }: { email: boolean }) => email)).toBe(true);
  });

  it('with more of a body than a mail reader sends is refused', async () => {
    expect((await api.send(pathOf(), { ...ONE_CLICK, body: 'x'.repeat(10_000) })).status).toBe(413);
  });

  it('can be taken back by the host', async () => {
    await api.send(pathOf(), ONE_CLICK);
    const input = { memberId, category: 'engagement', email: true };
    const { data } = await api.mutate('notices.setPreference', input);
    expect(data.items).toContainEqual({ category: 'engagement', email: true });
  });
});

describe('an operator', () => {
  const stateOf = async (noticeId: string, data: object) => {
    const where = { programId_noticeId: { programId: api.programId, noticeId } };
    await api.db.noticeEmail.update({ where, data });
  };
  const IN_DOUBT = { state: 'in_doubt', reason: 'no_answer', begunAt: new Date(), claimedAt: new Date() };

  it('sees how far each e-mail has got, by state, and never an address', async () => {
    await withEmail('ann@example.com');
    const [noticeId = ''] = await told();
    await stateOf(noticeId, IN_DOUBT);
    const answer = await api.query('notices.deliveries', { state: 'in_doubt' });
    expect(answer.data.items).toMatchObject([
      { noticeId, memberId, kind: 'reward.available', state: 'in_doubt', reason: 'no_answer' },
    ]);
    expect(answer.text).not.toContain('@example.com');
    await api.mutate('notices.resolve', { noticeId, outcome: 'sent' });
  });

  it('settles one in doubt as sent, or has it sent again, and the audit log says who', async () => {
    await withEmail('ann@example.com');
    const [sent = '', again = ''] = await told(2);
    await sendDue(Date.now() - 60_000);
    for (const noticeId of [sent, again]) await stateOf(noticeId, IN_DOUBT);
    const settled = await api.mutate('notices.resolve', {
      noticeId: sent,
      outcome: 'sent',
      note: 'seen in the log',
    });
    expect(settled.data).toMatchObject({ state: 'sent', reason: null });
    const resent = await api.mutate('notices.resolve', { noticeId: again, outcome: 'resend' });
    expect(resent.data).toMatchObject({ state: 'pending' });
    await sendDue();
    const { data } = await api.query('notices.mailbox');
    const caught = data.items.map((it: { noticeId: string }) => it.noticeId);
    expect(caught).toContain(again);
    expect(caught).not.toContain(sent);
    const entries = await api.db.auditEntry.findMany({ where: { action: 'notice.resolved', subject: sent } });
    expect(entries).toMatchObject([
      { detail: { outcome: 'sent', was: 'in_doubt', note: 'seen in the log' } },
    ]);
  });

  it('can have sent again what failed or was given up, but nothing that was sent, waits or was suppressed', async () => {
    const [noticeId = ''] = await told();
    const resolve = (outcome: string, options = {}) =>
      api.mutate('notices.resolve', { noticeId, outcome }, options);
    expect((await resolve('resend')).code).toBe('stage_forbids');
    expect((await resolve('sent')).code).toBe('stage_forbids');
    await stateOf(noticeId, { state: 'failed', reason: 'smtp_550' });
    expect((await resolve('sent')).code).toBe('stage_forbids');
    expect((await resolve('resend')).data).toMatchObject({ state: 'pending' });
    await stateOf(noticeId, { state: 'suppressed', reason: 'no_address' });
    expect((await resolve('resend')).code).toBe('stage_forbids');
    const { token } = await api.key(['read', 'members:write']);
    expect((await resolve('resend', { key: token })).code).toBe('scope_missing');
    const other = await api.program();
    expect((await resolve('resend', { key: other.key })).code).toBe('not_found');
  });
});

describe('publishing a policy', () => {
  const publish = (notices: Partial<NoticePolicy>) =>
    api.mutate('policies.publish', {
      policy: JSON.parse(
        JSON.stringify(testPolicy({ notices: testNotices(notices) }), (_key, value: unknown) =>
          typeof value === 'bigint' ? value.toString() : value,
        ),
      ),
    });

  it('with a section for notices engages the program, and gives the section back', async () => {
    const { data } = await publish({ quiet_hours: { from: '22:00', to: '08:00' } });
    const got = await api.query('policies.get', { version: data.version });
    expect(got.data.policy.notices.quiet_hours).toEqual({ from: '22:00', to: '08:00' });
    const program = await api.db.program.findUniqueOrThrow({ where: { id: api.programId } });
    expect(program.engages).toBe(true);
  });

  it('with an unknown kind, or a text with an unknown variable, is refused with the place, and nothing changes', async () => {
    const before = await api.counts();
    const kinds = { 'reward.gratned': { inbox: true, email: true } };
    const texts = { 'level.reached': { de: { subject: 'Hallo {name}', text: 'Hallo' } } };
    const unknown = await publish({ kinds });
    expect([unknown.code, unknown.message]).toEqual([
      'policy_invalid',
      expect.stringContaining('notices.kinds'),
    ]);
    const refused = await publish({ templates: texts });
    expect(refused.status).toBe(422);
    expect(refused.message).toContain('notices.templates.level.reached.de.subject');
    expect(await api.counts()).toEqual(before);
  });
});
