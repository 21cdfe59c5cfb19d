import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { seedReferral } from './seed.ts';

const api = useApi();

describe('a list of members', () => {
  it('is narrowed by what an operator knows: an id, an address in any spelling, a code, a time', async () => {
    const made = await api.client.members.upsert.mutate({ externalId: 'ann', email: 'ann.lee@gmail.com' });
    await api.member();
    const find = async (filter: object) =>
      (await api.client.members.list.query(filter)).items.map(({ externalId }) => externalId);
    expect(await find({ externalId: 'ann' })).toEqual(['ann']);
    expect(await find({ email: 'AnnLee+shop@googlemail.com' })).toEqual(['ann']);
    await api.client.members.upsert.mutate({ externalId: 'uwe', email: 'Uwe@Müller.de' });
    expect(await find({ email: 'uwe@xn--mller-kva.de' })).toEqual(['uwe']);
    expect(await find({ code: made.referralCode.toUpperCase() })).toEqual(['ann']);
    expect(await find({ externalId: 'ann', code: 'another' })).toEqual([]);
    expect(await find({ to: made.createdAt })).not.toContain('ann');
    expect(await find({ from: made.createdAt })).toContain('ann');
  });

  it('shows addresses, and is searched by them, with the scope `emails:read` alone', async () => {
    await api.client.members.upsert.mutate({ externalId: 'bob', email: 'bob@shop.example' });
    const { token } = await api.key(['read']);
    const asked = await api.query('members.list', { externalId: 'bob' }, { key: token });
    expect(asked.data.items).toMatchObject([{ externalId: 'bob', email: null }]);
    const refused = await api.query('members.list', { email: 'bob@shop.example' }, { key: token });
    expect(refused).toMatchObject({ status: 403, code: 'scope_missing' });
    const { token: seeing } = await api.key(['read', 'emails:read']);
    const seen = await api.query('members.get', { externalId: 'bob' }, { key: seeing });
    expect(seen.data.email).toBe('bob@shop.example');
    for (const [procedure, filter] of [
      ['referrals.list', { email: 'bob@shop.example' }],
      ['rewards.list', { email: 'bob@shop.example' }],
      ['notices.mailbox', undefined],
    ] as const) {
      const answer = await api.query(procedure, filter, { key: token });
      expect(answer, procedure).toMatchObject({ status: 403, code: 'scope_missing' });
      expect(answer.message).toContain('`emails:read`');
    }
  });
});

describe('lists of referrals and rewards', () => {
  it('are narrowed by either member of a referral, and by whom a reward is for', async () => {
    const seeded = await seedReferral(api, api.programId);
    const { externalId: referrer } = await api.client.members.get.query({ id: seeded.referrerId });
    const { externalId: referred } = await api.client.members.get.query({ id: seeded.referredId });
    const referrals = async (filter: object) =>
      (await api.client.referrals.list.query(filter)).items.map(({ id }) => id);
    expect(await referrals({ externalId: referrer })).toEqual([seeded.referralId]);
    expect(await referrals({ externalId: referred })).toEqual([seeded.referralId]);
    expect(await referrals({ externalId: referred, stage: 'expired' })).toEqual([]);
    expect(await referrals({ externalId: 'nobody' })).toEqual([]);
    const rewards = await api.client.rewards.list.query({ externalId: referrer });
    expect(rewards.items.map(({ memberId }) => memberId)).toEqual(rewards.items.map(() => seeded.referrerId));
    expect((await api.client.rewards.list.query({ externalId: 'nobody' })).items).toEqual([]);
    const contradiction = { externalId: 'nobody', memberId: seeded.referrerId };
    expect((await api.client.rewards.list.query(contradiction)).items).toEqual([]);
  });
});
