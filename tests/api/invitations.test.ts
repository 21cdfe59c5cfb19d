import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
describe('invitations', () => {
  it('make a personal link and, in the same transaction, the command that begins its referral', async () => {
    const { id } = await api.member();
    const made = await api.client.invitations.create.mutate({ memberId: id });
    expect(made.referralId).toBe(made.link.id);
    const event = await api.db.event.findFirstOrThrow({ where: { id: made.eventId } });
    expect(event).toMatchObject({
      type: 'invitation.issued',
      workflowId: `referral-${made.link.id}`,
      state: 'pending',
    });
    const days = (Date.parse(made.link.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    expect(await api.client.invitations.get.query({ id: made.link.id })).toEqual({
      link: made.link,
      referral: null,
    });
  });

  it('a shared link is no invitation', async () => {
    const { id } = await api.member();
    const [link] = (await api.client.links.list.query({ memberId: id })).items;
    await expectRefused(api, () => api.query('invitations.get', { id: link?.id }), {
      status: 404,
      code: 'not_found',
    });
  });

  it('409 while the program is paused', async () => {
    const { key } = await api.program();
    const member = await api.mutate('members.upsert', { externalId: 'm' }, { key });
    await api.mutate('programs.pause', undefined, { key });
    const send = () => api.mutate('invitations.create', { memberId: member.data.id }, { key });
    await expectRefused(api, send, { status: 409, code: 'program_not_live' });
  });
});
