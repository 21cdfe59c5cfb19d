import { describe, expect, it } from 'vitest';
import { useBadgeApi } from './badges-harness.ts';
import { expectRefused } from './refusal.ts';
import { seedReferral } from './seed.ts';

const { api, grant } = useBadgeApi();

describe('perks and badges among the rewards', () => {
  it('are listed by kind', async () => {
    const { rewardId } = await grant({ kind: 'perk', label: 'early access' });
    const { items } = (await api.query('rewards.list', { kind: 'perk' })).data;
    expect(items).toMatchObject([{ id: rewardId, kind: 'perk', label: 'early access', amount: null }]);
  });

  it('are revoked once: told once, audited once, and the same when it is asked again', async () => {
    const { rewardId } = await grant({ kind: 'perk', label: 'role' });
    const revoke = () => api.mutate('rewards.revoke', { id: rewardId, note: 'left the team' });
    const answers = await Promise.all([revoke(), revoke(), revoke()]);
    for (const { status, data } of answers) expect([status, data.status]).toEqual([200, 'reversed']);
    const key = `reward.revoked:${rewardId}`;
    expect(await api.db.outbox.count({ where: { key } })).toBe(1);
    const trail = await api.db.auditEntry.findMany({ where: { subject: rewardId } });
    expect(trail).toMatchObject([{ action: 'reward.revoked', detail: { note: 'left the team' } }]);
  });

  it('are all that can be revoked: credit is not, and a key without the scope may not', async () => {
    const { rewardId } = await seedReferral(api, api.programId);
    await expectRefused(api, () => api.mutate('rewards.revoke', { id: rewardId }), {
      status: 422,
      code: 'not_revocable',
    });
    const perk = await grant({ kind: 'perk', label: 'role' });
    const { token } = await api.key(['read', 'badges:write']);
    await expectRefused(api, () => api.mutate('rewards.revoke', { id: perk.rewardId }, { key: token }), {
      status: 403,
      code: 'scope_missing',
    });
  });
});
