import { beforeAll, describe, expect, it } from 'vitest';
import { useByHand } from './by-hand-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, decide, buys, publish, referred, balanceOf, proved } = useByHand();
beforeAll(() => publish({ hold_days: 0 }));

const stand = { pending_minor: 0n, available_minor: 0n, owed_minor: 0n };

describe('a referral that an operator cancels', () => {
  it('gives back what it brought, once, and says why wherever it is explained', async () => {
    const { ann, rewardId, referralId, refund } = await referred('bob');
    expect(await balanceOf(ann)).toMatchObject({ ...stand, available_minor: 5_000n });
    const cancel = () => decide('referrals.cancel', { id: referralId, note: 'One person.' }, 'cancel-bob');
    const cancelled = await cancel();
    expect(cancelled).toMatchObject({ referralId, outcome: { decision: 'accepted', stage: 'rejected' } });
    expect(await cancel()).toEqual(cancelled);
    expect(await balanceOf(ann)).toMatchObject(stand);
    const again = () => api.mutate('referrals.cancel', { id: referralId, note: 'Once more.' });
    await expectRefused(api, again, { status: 409, code: 'referral_ended' });

    expect((await decide('events.record', refund)).outcome).toMatchObject({ trace: { reversed: [] } });
    const more = await decide('events.record', { ...buys('bob'), key: 'order-bob-2' });
    expect(more.outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
    expect(await balanceOf(ann)).toMatchObject(stand);
    const { data } = await api.query('explain.referral', { id: referralId });
    expect(data.sentences.join(' ')).toMatch(/cancelled by an operator on \S+, because: “One person.”\./);
    const { data: reward } = await api.query('explain.reward', { id: rewardId });
    expect(reward.sentences.at(-1)).toBe('An operator took it back, because: “One person.”.');
    const trail = await api.db.auditEntry.findMany({ where: { subject: referralId } });
    expect(trail).toMatchObject([{ action: 'referral.cancelled', detail: { note: 'One person.' } }]);
    await proved();
  });
});
