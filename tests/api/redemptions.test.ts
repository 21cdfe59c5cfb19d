import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { useSeededReferral } from './seed.ts';

const api = useApi();
const seeded = useSeededReferral(api);

describe('redemptions', () => {
  const wish = (change: object = {}) => ({
    memberId: seeded.referrerId,
    amount: { minor: '2000', unit: 'USD' },
    method: 'manual',
    destination: { iban: 'DE02120300000000202051' },
    ...change,
  });

  it('are stored as requested with their command, and show nobody where they are paid to', async () => {
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
