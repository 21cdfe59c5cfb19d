import { describe, expect, it } from 'vitest';
import { seedSurvey } from '../support/surveys.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { useRest } from './rest-harness.ts';
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

describe('the word of an operator', () => {
  const rest = useRest(api);
  const inReview = async () => (await seedReferral(api, api.programId, 'in_review')).referralId;
  const redemption = async (status: 'awaiting_approval' | 'needs_operator') => {
    const { redemptionId: id } = await seedReferral(api, api.programId);
    await api.db.redemption.updateMany({ where: { id }, data: { status } });
    return id;
  };
  const survey = () => seedSurvey(api.db, api.programId, seeded.referrerId);
  const invite = async () => (await api.member()).id;

  it.each<readonly [string, () => Promise<readonly [string, object]>]>([
    ['approving a referral', async () => [`/referrals/${await inReview()}/approve`, {}]],
    ['rejecting a referral', async () => [`/referrals/${await inReview()}/reject`, {}]],
    [
      'approving a redemption',
      async () => [`/redemptions/${await redemption('awaiting_approval')}/approve`, {}],
    ],
    [
      'rejecting a redemption',
      async () => [`/redemptions/${await redemption('awaiting_approval')}/reject`, {}],
    ],
    [
      'resolving a redemption',
      async () => [`/redemptions/${await redemption('needs_operator')}/resolve`, { outcome: 'paid' }],
    ],
    ['cancelling a survey', async () => [`/surveys/${await survey()}/cancel`, {}]],
    ['inviting', async () => ['/invitations', { memberId: await invite() }]],
  ])('is answered with its decision, and so is its repeat: %s', async (_what, make) => {
    const [path, input] = await make();
    const key = { 'idempotency-key': path };
    const first = await rest.call('POST', path, input, key);
    expect(first).toMatchObject({ status: 200, body: { status: 'accepted', outcome: null } });
    const { eventId } = first.body;
    const waiting = rest.call('POST', path, input, { ...key, prefer: 'wait=10' });
    const outcome = { decision: 'accepted' };
    const decided = { state: 'decided', outcome, decidedAt: new Date() } as const;
    await api.db.event.updateMany({ where: { id: eventId }, data: decided });
    const { status, headers, body } = await waiting;
    expect([status, headers.get('preference-applied')]).toEqual([200, 'wait=10']);
    expect(body).toMatchObject({ eventId, status: 'decided', outcome });
    expect((await rest.call('GET', `/events/${eventId}/explanation`)).body.event.outcome).toEqual(outcome);
  });

  it('is announced when it is decided, if its sender waits, and else costs no notice', async () => {
    const sendTo = async (wait_ms: number) => {
      const { data } = await api.mutate('referrals.approve', { id: await inReview(), wait_ms });
      return await api.db.event.findFirstOrThrow({ where: { id: data.eventId } });
    };
    expect(await sendTo(1)).toMatchObject({ awaited: true });
    expect(await sendTo(0)).toMatchObject({ awaited: false });
  });
});
