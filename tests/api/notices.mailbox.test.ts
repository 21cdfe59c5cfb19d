import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { startApi } from './harness.ts';
import { useNoticeApi } from './notices-harness.ts';

const { api, tell, sendDue, withEmail } = useNoticeApi();

describe('the local mailbox', () => {
  it('holds each e-mail that would have been sent, for tRPC and for the browser', async () => {
    await withEmail('ann@example.com');
    const [noticeId = ''] = await tell();
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
    await tell();
    await sendDue();
    const other = await api.program();
    expect((await api.query('notices.mailbox', undefined, { key: other.key })).data.items).toEqual([]);
  });

  it('escapes what anybody wrote', async () => {
    await withEmail('ann@example.com');
    const [noticeId] = await tell(1, {
      type: 'level.reached',
      payload: { to: '<script>alert(1)</script>' },
    });
    await sendDue();
    for (const address of ['/mailbox', `/mailbox/${noticeId}`, `/mailbox/${noticeId}/body`]) {
      expect((await api.send(address, {})).text).not.toContain('<script>');
    }
  });

  it('does not exist in production', async () => {
    const production = await startApi({ isDevelopment: false, dataDir: api.dataDir });
    expect((await production.send('/mailbox', {})).status).toBe(404);
    expect((await production.query('notices.mailbox')).code).toBe('not_found');
    await production.close();
  });
});
