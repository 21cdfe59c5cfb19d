import { describe, expect, it } from 'vitest';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { readSurveyToken } from '../../engine/surveys/link.ts';
import { newId } from '../../platform/ids.ts';
import { testNotices } from '../support/notices.ts';
import { publishPolicy, TEST_LINK_SECRET, testPolicy } from '../support/seed.ts';
import { useNoticeApi } from './notices-harness.ts';

const host = useNoticeApi();
const { api, tell, withEmail } = host;

describe('the inbox', () => {
  it('shows a member’s notices, the newest first, page by page, in the member’s language', async () => {
    const ids = await tell(5);
    await withEmail(null, { locale: 'de' });
    const first = await api.query('notices.inbox', { memberId: host.memberId, limit: 3 });
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
    const second = await api.query('notices.inbox', {
      memberId: host.memberId,
      limit: 3,
      cursor: first.data.nextCursor,
    });
    expect(second.data.items.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(3));
    expect(second.data.nextCursor).toBeNull();
  });

  it('leads to what a notice is about', async () => {
    const credentialId = newId();
    await tell(1, { type: 'badge.issued', payload: { label: 'Founder', credentialId } });
    const { data } = await api.query('notices.inbox', { memberId: host.memberId });
    expect(data.items[0].url).toBe(`http://localhost:3000/badges/verify/${credentialId}`);
    expect(data.items[0].text).toContain(data.items[0].url);
  });

  it('leads to a survey by a link that opens it', async () => {
    const surveyId = newId();
    await tell(1, { type: 'survey.asked', payload: { surveyId, memberId: host.memberId, ruleId: 'nps' } });
    const { data } = await api.query('notices.inbox', { memberId: host.memberId });
    const [, token = ''] = /^http:\/\/localhost:3000\/s\/(\S+)$/.exec(data.items[0].url) ?? [];
    const read = readSurveyToken(TEST_LINK_SECRET, token, Date.now());
    expect(read).toEqual({ ok: true, surveyId });
  });

  it('keeps the link of a survey from whoever may only read', async () => {
    const surveyId = newId();
    const kinds = ['survey.asked', 'survey.reminded'] as const;
    for (const type of kinds) {
      await tell(1, { type, payload: { surveyId, memberId: host.memberId, ruleId: 'nps' } });
    }
    const { token } = await api.key(['read']);
    const { data, text } = await api.query('notices.inbox', { memberId: host.memberId }, { key: token });
    const seen = data.items.slice(0, 2).map(({ kind, url }: { kind: string; url: unknown }) => [kind, url]);
    expect(seen).toEqual([
      ['survey.reminded', null],
      ['survey.asked', null],
    ]);
    expect(text).not.toContain('/s/');
    expect(data.items[0].text).not.toBe('');
    const writer = await api.key(['read', 'members:write']);
    const full = await api.query('notices.inbox', { memberId: host.memberId }, { key: writer.token });
    expect(full.data.items[0].url).toContain('/s/');
    expect(full.data.items[0].text).toContain(full.data.items[0].url);
  });

  it('marks as read what is named, or all, each once, and counts what is left', async () => {
    const [first = '', second = ''] = await tell(3);
    const read = (input: object) => api.mutate('notices.markRead', { memberId: host.memberId, ...input });
    expect((await read({ noticeIds: [first, second] })).data).toEqual({ read: 2, unread: 1 });
    const { data } = await api.query('notices.inbox', { memberId: host.memberId });
    expect((await read({ noticeIds: [first] })).data).toEqual({ read: 0, unread: 1 });
    const again = await api.query('notices.inbox', { memberId: host.memberId });
    expect(again.data.items).toEqual(data.items);
    expect(
      (await api.query('notices.inbox', { memberId: host.memberId, unread: true })).data.items,
    ).toHaveLength(1);
    expect((await read({})).data).toEqual({ read: 1, unread: 0 });
  });

  it('has nothing of another member, and nothing that is told by e-mail alone', async () => {
    const [id = ''] = await tell();
    const other = await api.member();
    expect((await api.query('notices.inbox', { memberId: other.id })).data.items).toEqual([]);
    const read = await api.mutate('notices.markRead', { memberId: other.id, noticeIds: [id] });
    expect(read.data).toEqual({ read: 0, unread: 0 });
    const kinds = { 'reward.available': { inbox: false, email: true } };
    await publishPolicy(api.db, api.programId, testPolicy({ notices: testNotices({ kinds }) }), 3);
    await tell();
    await publishPolicy(api.db, api.programId, testPolicy({ notices: testNotices() }), 4);
    expect((await api.query('notices.inbox', { memberId: host.memberId })).data).toMatchObject({
      unread: 1,
      items: [{ id }],
    });
  });

  it('is closed to keys of other programs, and for members that do not exist', async () => {
    await tell();
    const other = await api.program();
    const options = { key: other.key };
    for (const procedure of ['notices.inbox', 'notices.preferences']) {
      expect((await api.query(procedure, { memberId: host.memberId }, options)).code).toBe('member_unknown');
    }
    expect((await api.mutate('notices.markRead', { memberId: host.memberId }, options)).code).toBe(
      'member_unknown',
    );
    const input = { memberId: host.memberId, category: 'service', email: false };
    expect((await api.mutate('notices.setPreference', input, options)).code).toBe('member_unknown');
    expect((await api.query('notices.deliveries', {}, options)).data.items).toEqual([]);
    expect((await api.query('notices.inbox', { memberId: newId() })).status).toBe(404);
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

  it('with an unknown kind or variable is refused with the place, and nothing changes', async () => {
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
