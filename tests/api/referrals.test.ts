import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { seedReferral, useSeededReferral } from './seed.ts';

const api = useApi();
const seeded = useSeededReferral(api);

describe('referrals', () => {
  it('are listed by stage, referrer and referred member', async () => {
    const by = async (filter: object) =>
      (await api.query('referrals.list', filter)).data.items.map(({ id }: { id: string }) => id);
    expect(await by({ stage: 'qualified' })).toContain(seeded.referralId);
    expect(await by({ referrerId: seeded.referrerId })).toEqual([seeded.referralId]);
    expect(await by({ referredId: seeded.referredId })).toEqual([seeded.referralId]);
    expect(await by({ stage: 'expired' })).toEqual([]);
  });

  it.each(['approve', 'reject'])(
    'in review: %s becomes a command for its workflow, with who said so in the audit log',
    async (verb) => {
      const inReview = await seedReferral(api, api.programId, 'in_review');
      const answer = await api.mutate(`referrals.${verb}`, { id: inReview.referralId, note: 'looked at it' });
      const event = await api.db.event.findFirstOrThrow({ where: { id: answer.data.eventId } });
      const type = verb === 'approve' ? 'review.approved' : 'review.rejected';
      expect(event).toMatchObject({
        type,
        workflowId: `referral-${inReview.referralId}`,
        payload: { note: 'looked at it' },
      });
      const log = await api.query('audit.list', { subject: inReview.referralId });
      expect(log.data.items).toMatchObject([
        { action: type, detail: { note: 'looked at it', eventId: event.id } },
      ]);
    },
  );

  it('409 for a review of what is not in review', async () => {
    const send = () => api.mutate('referrals.approve', { id: seeded.referralId });
    await expectRefused(api, send, { status: 409, code: 'stage_forbids' });
  });

  it('503 for a live view without Temporal', async () => {
    const send = () => api.query('referrals.live', { id: seeded.referralId });
    await expectRefused(api, send, { status: 503, code: 'live_view_unavailable' });
  });
});
