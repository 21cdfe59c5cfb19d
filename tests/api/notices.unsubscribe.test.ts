import { describe, expect, it } from 'vitest';
import { type Subscription, unsubscribeUrl } from '../../engine/notices/links.ts';
import { newId } from '../../platform/ids.ts';
import { LINKS, useNoticeApi } from './notices-harness.ts';

const host = useNoticeApi();
const { api, tell, sendDue, withEmail } = host;

describe('unsubscribing', () => {
  const subscription = (changes: Partial<Subscription> = {}): Subscription => ({
    programId: api.programId,
    memberId: host.memberId,
    category: 'engagement',
    ...changes,
  });
  const pathOf = (changes: Partial<Subscription> = {}) =>
    new URL(unsubscribeUrl(subscription(changes), LINKS)).pathname;
  const preference = async () =>
    (await api.query('notices.preferences', { memberId: host.memberId })).data.items;
  const ONE_CLICK = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  };

  it('takes one click, without a login or a redirect, and for that category alone', async () => {
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
    const [first = ''] = await tell();
    await sendDue();
    const [queued = ''] = await tell();
    const { data } = await api.query('notices.mailbox');
    const { text } = data.items.find((it: { noticeId: string }) => it.noticeId === first);
    const [, path = ''] = /http:\/\/localhost:3000(\/u\/\S+)/.exec(text) ?? [];
    expect((await api.send(path, ONE_CLICK)).status).toBe(200);
    await sendDue();
    const where = { programId: api.programId, noticeId: queued };
    expect(await api.db.noticeEmail.findFirst({ where })).toMatchObject({
      state: 'suppressed',
      reason: 'unsubscribed',
    });
  });

  it('by looking at the page ends nothing, and the page has a button that does', async () => {
    const page = await api.send(pathOf(), {});
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/<form method="post">.*<button>Unsubscribe<\/button>/s);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect((await preference())[1]).toEqual({ category: 'engagement', email: true });
    await withEmail(null, { locale: 'de-AT' });
    expect((await api.send(pathOf(), {})).text).toContain('<button>Abbestellen</button>');
    expect((await api.send(pathOf(), ONE_CLICK)).text).toContain('Du hast dich abgemeldet.');
  });

  it('by a changed link, one of another secret, or one without a member, ends nothing', async () => {
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
    const input = { memberId: host.memberId, category: 'engagement', email: true };
    const { data } = await api.mutate('notices.setPreference', input);
    expect(data.items).toContainEqual({ category: 'engagement', email: true });
  });
});
