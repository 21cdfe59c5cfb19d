import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { type SeededReferral, seedReferral } from './seed.ts';

let seeded: SeededReferral;
const api = useApi();

beforeAll(async () => {
  seeded = await seedReferral(api, api.programId);
});
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

describe('rewards, balances and explanations', () => {
  it('a reward is read with its amount and its dates', async () => {
    const reward = await api.client.rewards.get.query({ id: seeded.rewardId });
    expect(reward).toMatchObject({
      amount: { minor: '500', unit: 'USD' },
      status: 'held',
      ruleId: 'milestones',
      policyVersion: 1,
    });
    expect(
      (await api.client.rewards.list.query({ memberId: seeded.referrerId, status: 'held' })).items,
    ).toEqual([reward]);
  });

  it('why it was granted: rule, version, facts and checks, also in sentences', async () => {
    const why = await api.client.explain.reward.query({ id: seeded.rewardId });
    expect(why.rule).toMatchObject({ id: 'milestones', benefit: { kind: 'milestone_rate' } });
    expect(why.sentences).toEqual([
      'Rule “milestones” of policy version 1 granted 5.00 USD to the referrer on 2026-05-01.',
      'It looked at the 1st “purchase” of the referred member, worth 50.00 USD, with 5 qualified referrals of the referrer.',
      'Check “amount”: passed (500).',
      'It is on hold until 2026-05-31; a refund before then takes it back.',
    ]);
  });

  it('why an event earned what it did, and why a rule refused', async () => {
    const why = await api.client.explain.event.query({ key: 'qualifying' });
    expect(why.sentences).toContain('Rule “milestones” granted 5.00 USD to the referrer.');
    expect(why.sentences).toContain(
      'Rule “welcome” granted the referred nothing (cap_reached): The cap of this rule is reached.',
    );
  });

  it('why a referral is where it is, with its events and rewards', async () => {
    const why = await api.client.explain.referral.query({ id: seeded.referralId });
    expect(why.sentences).toContain('It is qualified.');
    expect(why.rewards).toHaveLength(1);
    expect(why.events.map(({ key }) => key)).toEqual(['qualifying']);
  });

  it('a member to whom nothing was posted has no balances', async () => {
    expect(await api.client.balances.get.query({ memberId: seeded.referrerId })).toEqual([]);
  });
});

describe('redemptions', () => {
  const wish = (change: object = {}) => ({
    memberId: seeded.referrerId,
    amount: { minor: '2000', unit: 'USD' },
    method: 'manual',
    destination: { iban: 'DE02120300000000202051' },
    ...change,
  });

  it('are stored as requested together with their command, and show nobody where they are paid to', async () => {
    const made = await api.mutate('redemptions.request', wish());
    expect(made.data).toMatchObject({ status: 'accepted', outcome: null });
    const event = await api.db.event.findFirstOrThrow({ where: { id: made.data.eventId } });
    expect(event).toMatchObject({
      type: 'redemption.requested',
      workflowId: `redemption-${made.data.redemptionId}`,
      valueMinor: 2_000n,
    });
    const shown = await api.query('redemptions.get', { id: made.data.redemptionId });
    expect(shown.data).toMatchObject({ status: 'requested', amount: { minor: '2000', unit: 'USD' } });
    expect(shown.text + JSON.stringify(event.payload)).not.toContain('DE0212');
  });

  it('answer with the decision when asked to wait, to the first call and to its repeat', async () => {
    const idempotencyKey = 'redeem-1';
    const pending = api.mutate('redemptions.request', wish({ wait_ms: 10_000 }), { idempotencyKey });
    const id = await untilRequested(2);
    const outcome = { decision: 'refused', code: 'insufficient_balance', message: 'Too little.' };
    await api.db.event.updateMany({
      where: { id },
      data: { state: 'decided', outcome, decidedAt: new Date() },
    });
    await api.db.$executeRaw`SELECT pg_notify('decided', ${id})`;
    expect((await pending).data).toMatchObject({ eventId: id, status: 'decided', outcome });
    const again = await api.mutate('redemptions.request', wish({ wait_ms: 5_000 }), { idempotencyKey });
    expect(again.data).toMatchObject({ eventId: id, status: 'decided', outcome });
  });

  it.each([
    ['nothing', { amount: { minor: '0', unit: 'USD' } }, 400, 'amount_zero'],
    ['less than nothing', { amount: { minor: '-5', unit: 'USD' } }, 400, 'amount_negative'],
    ['half a cent', { amount: { minor: '0.5', unit: 'USD' } }, 400, 'amount_not_integer'],
    ['less than the minimum', { amount: { minor: '999', unit: 'USD' } }, 422, 'below_minimum'],
    ['another unit', { amount: { minor: '2000', unit: 'EUR' } }, 422, 'unit_mismatch'],
    ['an unknown unit', { amount: { minor: '2000', unit: 'ABC' } }, 400, 'unit_unknown'],
    ['an unknown method', { method: 'cash' }, 422, 'method_unknown'],
    ['a member who is not there', { memberId: newId() }, 404, 'member_unknown'],
  ])('are refused for %s', async (_what, change, status, code) => {
    await expectRefused(api, () => api.mutate('redemptions.request', wish(change)), { status, code });
  });

  it('that await approval are approved or rejected by a command', async () => {
    const { data } = await api.mutate('redemptions.approve', { id: seeded.redemptionId });
    const event = await api.db.event.findFirstOrThrow({ where: { id: data.eventId } });
    expect(event).toMatchObject({
      type: 'redemption.approved',
      workflowId: `redemption-${seeded.redemptionId}`,
    });
  });

  it('409 for a word on a redemption at another stage or at its end', async () => {
    const resolve = () => api.mutate('redemptions.resolve', { id: seeded.redemptionId, outcome: 'paid' });
    await expectRefused(api, resolve, { status: 409, code: 'stage_forbids' });
    await api.db.redemption.updateMany({ where: { id: seeded.redemptionId }, data: { status: 'settled' } });
    const approve = () => api.mutate('redemptions.approve', { id: seeded.redemptionId });
    await expectRefused(api, approve, { status: 409, code: 'redemption_ended' });
  });
});

async function untilRequested(count: number): Promise<string> {
  for (;;) {
    const events = await api.db.event.findMany({
      where: { type: 'redemption.requested' },
      orderBy: { seq: 'asc' },
    });
    const last = events.at(count - 1);
    if (last !== undefined) return last.id;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
