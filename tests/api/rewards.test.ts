import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useSeededReferral } from './seed.ts';

const api = useApi();
const seeded = useSeededReferral(api);

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
      'It looked at the 1st “purchase” of the referred member, worth 50.00 USD, ' +
        'with 5 qualified referrals of the referrer.',
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
    expect(await api.client.balances.get.query({ memberId: seeded.referrerId })).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});
