import { describe, expect, it } from 'vitest';
import { useNoticeApi } from './notices-harness.ts';

const host = useNoticeApi();
const { api, tell, sendDue, withEmail } = host;

describe('an operator', () => {
  const stateOf = async (noticeId: string, data: object) => {
    await api.db.noticeEmail.updateMany({ where: { programId: api.programId, noticeId }, data });
  };
  const IN_DOUBT = { state: 'in_doubt', reason: 'no_answer', begunAt: new Date(), claimedAt: new Date() };

  it('sees how far each e-mail has got, by state, and never an address', async () => {
    await withEmail('ann@example.com');
    const [noticeId = ''] = await tell();
    await stateOf(noticeId, IN_DOUBT);
    const answer = await api.query('notices.deliveries', { state: 'in_doubt' });
    expect(answer.data.items).toMatchObject([
      { noticeId, memberId: host.memberId, kind: 'reward.available', state: 'in_doubt', reason: 'no_answer' },
    ]);
    expect(answer.text).not.toContain('@example.com');
    await api.mutate('notices.resolve', { noticeId, outcome: 'sent' });
  });

  it('settles one in doubt as sent, or has it sent again, and the audit log says who', async () => {
    await withEmail('ann@example.com');
    const [sent = '', again = ''] = await tell(2);
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

  it('can repeat what failed or was given up, and nothing that was sent, waits or is held back', async () => {
    const [noticeId = ''] = await tell();
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
