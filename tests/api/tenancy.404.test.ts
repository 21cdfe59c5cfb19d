import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';
import { type SeededReferral, seedReferral } from './seed.ts';

let other: { readonly programId: string; readonly key: string };
let mine: SeededReferral;
const api = useApi();

beforeAll(async () => {
  other = await api.program();
  mine = await seedReferral(api, api.programId);
});
describe('another program’s ids are as good as absent', () => {
  const notFound = { status: 404, code: 'not_found' };
  const memberUnknown = { status: 404, code: 'member_unknown' };

  it.each([
    ['members.get', () => ({ id: mine.referrerId })],
    ['members.get', () => ({ externalId: 'referrer' })],
    ['links.get', () => ({ id: mine.linkId })],
    ['invitations.get', () => ({ id: mine.linkId })],
    ['events.get', () => ({ id: mine.eventId })],
    ['events.get', () => ({ key: 'qualifying' })],
    ['referrals.get', () => ({ id: mine.referralId })],
    ['referrals.live', () => ({ id: mine.referralId })],
    ['rewards.get', () => ({ id: mine.rewardId })],
    ['redemptions.get', () => ({ id: mine.redemptionId })],
    ['explain.reward', () => ({ id: mine.rewardId })],
    ['explain.referral', () => ({ id: mine.referralId })],
    ['explain.event', () => ({ key: 'qualifying' })],
  ])('%s reads nothing of it', async (procedure, input) => {
    const foreign = await expectRefused(
      api,
      () => api.query(procedure, input(), { key: other.key }),
      notFound,
    );
    const absent =
      'key' in input()
        ? { key: 'no-such-key' }
        : 'externalId' in input()
          ? { externalId: 'nobody' }
          : { id: newId() };
    const nothing = await api.query(procedure, absent, { key: other.key });
    expect(nothing.message).toBe(foreign.message);
  });

  it.each([
    ['links.disable', () => ({ id: mine.linkId })],
    ['events.retry', () => ({ id: mine.eventId })],
    ['referrals.approve', () => ({ id: mine.referralId })],
    ['referrals.reject', () => ({ id: mine.referralId })],
    ['redemptions.approve', () => ({ id: mine.redemptionId })],
    ['redemptions.reject', () => ({ id: mine.redemptionId })],
    ['redemptions.resolve', () => ({ id: mine.redemptionId, outcome: 'paid' })],
    ['keys.revoke', () => ({ id: mine.keyId })],
  ])('%s changes nothing of it', async (procedure, input) => {
    await expectRefused(api, () => api.mutate(procedure, input(), { key: other.key }), notFound);
  });

  it.each([
    ['links.create', () => ({ memberId: mine.referrerId })],
    ['invitations.create', () => ({ memberId: mine.referrerId })],
    [
      'redemptions.request',
      () => ({ memberId: mine.referrerId, amount: { minor: '5000', unit: 'USD' }, method: 'manual' }),
    ],
  ])('%s does nothing for its members', async (procedure, input) => {
    await expectRefused(api, () => api.mutate(procedure, input(), { key: other.key }), memberUnknown);
  });

  it('its balances cannot be read', async () => {
    await expectRefused(
      api,
      () => api.query('balances.get', { memberId: mine.referrerId }, { key: other.key }),
      memberUnknown,
    );
  });

  it.each([
    'members.list',
    'links.list',
    'events.list',
    'referrals.list',
    'rewards.list',
    'redemptions.list',
  ])('%s of another program is empty, though this one has rows', async (procedure) => {
    expect((await api.query(procedure)).data.items.length).toBeGreaterThan(0);
    expect((await api.query(procedure, undefined, { key: other.key })).data.items).toEqual([]);
  });

  it('the header x-program-id does not lead a program’s key elsewhere', async () => {
    const send = () => api.query('programs.get', undefined, { headers: { 'x-program-id': other.programId } });
    await expectRefused(api, send, notFound);
    const record = () =>
      api.mutate(
        'events.record',
        { key: 'k', type: 'purchase', subject: 's' },
        { headers: { 'x-program-id': other.programId } },
      );
    await expectRefused(api, record, notFound);
  });
});

describe('a platform key names its program', () => {
  it('and reads it', async () => {
    const headers = { 'x-program-id': other.programId };
    const answer = await api.query('programs.get', undefined, { key: api.platformKey, headers });
    expect(answer.data.id).toBe(other.programId);
  });

  it('or is refused', async () => {
    const missing = { status: 400, code: 'program_missing' };
    await expectRefused(api, () => api.query('programs.get', undefined, { key: api.platformKey }), missing);
  });

  it('and is told when there is none', async () => {
    for (const id of [newId(), 'not-a-uuid']) {
      const send = () =>
        api.query('programs.get', undefined, { key: api.platformKey, headers: { 'x-program-id': id } });
      await expectRefused(api, send, { status: 404, code: 'not_found' });
    }
  });
});
