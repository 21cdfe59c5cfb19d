import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useByHand } from './by-hand-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, engine, decide, publish, buys, balanceOf, proved } = useByHand();

const stand = { pending_minor: 0n, available_minor: 0n, owed_minor: 0n };
const refusedOf = async (filter: object) => (await api.query('rewards.refused', filter)).data.items;

/** A member's friends buy, and 50.00 for each has no room in the budget. */
async function refer(...friends: string[]) {
  const { items } = (await api.query('balances.budget')).data;
  await publish({ budget: (BigInt(items[0]?.spent.minor ?? '0') + 4_999n).toString() });
  const ann = await api.member();
  for (const friend of friends) {
    await decide('events.record', {
      key: `s-${friend}`,
      type: 'signup',
      subject: friend,
      code: ann.referralCode,
    });
    const { outcome } = await decide('events.record', buys(friend));
    expect(outcome.rewards).toMatchObject([{ granted: false, code: 'budget_exhausted' }]);
  }
  return ann;
}

describe('what the budget refused', () => {
  it('is listed with what it comes to now, and granted once by an operator’s word', async () => {
    const ann = await refer('bob');
    const [item] = await refusedOf({ memberId: ann.id });
    expect(item).toMatchObject({
      memberId: ann.id,
      ruleId: 'thanks',
      amount: { minor: '5000', unit: 'USD' },
      partOf: null,
      status: 'open',
      code: 'budget_exhausted',
      due: { minor: '5000', unit: 'USD' },
      rewardId: null,
      budgetLeft: { minor: '4999', unit: 'USD' },
    });
    const word = { id: item.id, note: 'The budget is higher.' };
    expect(await decide('rewards.grantAgain', word)).toMatchObject({
      outcome: { decision: 'refused', code: 'budget_exhausted' },
    });
    await publish({ budget: '5000' });
    expect(await refusedOf({ referralId: item.referralId })).toMatchObject([{ status: 'open', code: null }]);
    const granted = await decide('rewards.grantAgain', word, 'one-key');
    expect(await decide('rewards.grantAgain', word, 'one-key')).toEqual(granted);
    const { rewardId, eventId } = granted;
    expect(granted.outcome).toMatchObject({ decision: 'accepted', rewards: [{ rewardId, granted: true }] });
    const ref = { programId: api.programId, referralId: item.referralId, eventId, now_ms: Date.now() };
    await engine.activities.grantReferralRewardAgain(ref);
    expect(await balanceOf(ann)).toMatchObject({ ...stand, pending_minor: 5_000n });
    expect(await refusedOf({ memberId: ann.id })).toMatchObject([
      { status: 'granted', code: 'already_resolved', due: null, rewardId },
    ]);
    await expectRefused(api, () => api.mutate('rewards.grantAgain', word), {
      status: 409,
      code: 'already_resolved',
    });

    const explained = async (language: string) =>
      (await api.query('explain.reward', { id: rewardId, language })).data.sentences;
    expect((await explained('en')).slice(0, 3)).toEqual([
      expect.stringMatching(/^Rule “thanks” of policy version \d+ granted \$50\.00 to the referrer on .+\.$/),
      expect.stringMatching(/^The budget had had no room for it; an operator granted it after all on .+\.$/),
      'The reason given: “The budget is higher.”',
    ]);
    expect((await explained('de'))[1]).toMatch(/^Das Budget hatte dafür nicht gereicht; ein Operator .+\.$/);
    const { data: command } = await api.query('explain.event', { id: eventId });
    expect(command.sentences).toEqual(
      expect.arrayContaining([
        'The reason given: “The budget is higher.”',
        'Rule “thanks” granted $50.00 to the referrer.',
      ]),
    );
    const trail = await api.db.auditEntry.findMany({ where: { subject: item.id }, orderBy: { id: 'asc' } });
    expect(trail.map(({ action }) => action)).toEqual(['reward.granted_again', 'reward.granted_again']);
    expect(trail.at(-1)).toMatchObject({
      detail: { note: 'The budget is higher.', refusedId: item.id, eventId },
    });
    await proved();
  });

  it('matures and is refunded like any other reward', async () => {
    const ann = await refer('cat');
    await publish({ budget: '50000' });
    const [{ id }] = await refusedOf({ memberId: ann.id });
    await decide('rewards.grantAgain', { id, note: 'Now there is room.' });
    const refund = { key: 'back-cat', type: 'refund', subject: 'cat', refundOf: 'order-cat' };
    await decide('events.record', refund);
    expect(await balanceOf(ann)).toMatchObject(stand);
    await decide('events.record', { ...refund, key: 'won-cat', refundOf: 'back-cat' });
    expect(await balanceOf(ann)).toMatchObject({ ...stand, pending_minor: 5_000n });
    await proved();
  });

  it('is granted several at a time, in the order of their events, as far as the budget goes', async () => {
    const ann = await refer('dan', 'eve', 'fay');
    await decide('events.record', { key: 'back-eve', type: 'refund', subject: 'eve', refundOf: 'order-eve' });
    const items = await refusedOf({ memberId: ann.id });
    expect(items.map(({ status }: { status: string }) => status)).toEqual(['open', 'lapsed', 'open']);
    const page = await api.query('rewards.refused', { memberId: ann.id, limit: 2 });
    expect(page.data.items).toHaveLength(2);
    const rest = await api.query('rewards.refused', { memberId: ann.id, cursor: page.data.nextCursor });
    expect([...page.data.items, ...rest.data.items]).toEqual(items);
    await publish({ budget: '50000' });
    const ids = items.map(({ id }: { id: string }) => id);
    const { data } = await api.mutate('rewards.grantSeveralAgain', { ids, note: 'All of May.' });
    expect(data.items).toMatchObject([
      { id: ids[2], code: null, eventId: expect.any(String) },
      { id: ids[1], code: 'no_longer_earned', eventId: null, rewardId: null },
      { id: ids[0], code: null, eventId: expect.any(String) },
    ]);
    await expect.poll(async () => (await balanceOf(ann))?.pending_minor, { timeout: 20_000 }).toBe(10_000n);
    await proved();
  });
});

describe('a word on what the budget refused is refused', () => {
  const note = 'A reason.';
  it('where there is no such thing, and of several then none is sent', async () => {
    const ann = await refer('gus');
    const [{ id }] = await refusedOf({ memberId: ann.id });
    const missing = { status: 404, code: 'not_found' };
    await expectRefused(api, () => api.mutate('rewards.grantAgain', { id: newId(), note }), missing);
    const ids = [id, newId()];
    await expectRefused(api, () => api.mutate('rewards.grantSeveralAgain', { ids, note }), missing);
  });

  const invalid = { status: 400, code: 'input_invalid' };
  it.each([
    ['an id that is none', 'rewards.grantAgain', { id: 'none', note }],
    ['no note', 'rewards.grantAgain', { id: newId() }],
    ['an empty note', 'rewards.grantAgain', { id: newId(), note: '' }],
    ['a wait that is none', 'rewards.grantAgain', { id: newId(), note, wait_ms: -1 }],
    ['an amount of its own', 'rewards.grantAgain', { id: newId(), note, amount: '5' }],
    ['no ids', 'rewards.grantSeveralAgain', { ids: [], note }],
    ['101 ids', 'rewards.grantSeveralAgain', { ids: Array.from({ length: 101 }, () => newId()), note }],
    ['ids that are none', 'rewards.grantSeveralAgain', { ids: ['none'], note }],
    ['ids without a note', 'rewards.grantSeveralAgain', { ids: [newId()] }],
  ])('with %s', async (_what, procedure, input) => {
    await expectRefused(api, () => api.mutate(procedure, input), invalid);
  });

  it('with a cursor, a limit or a filter that is none', async () => {
    for (const input of [{ cursor: 'nonsense' }, { limit: 0 }, { memberId: 'ann' }, { status: 'open' }]) {
      expect(await api.query('rewards.refused', input)).toMatchObject(invalid);
    }
  });

  it('without the right to make value, though reading the list needs none', async () => {
    const { token } = await api.key(['read', 'referrals:review']);
    const options = { key: token };
    expect((await api.query('rewards.refused', undefined, options)).status).toBe(200);
    const lacking = { status: 403, code: 'scope_missing' };
    const one = { id: newId(), note };
    await expectRefused(api, () => api.mutate('rewards.grantAgain', one, options), lacking);
    const many = { ids: [newId()], note };
    await expectRefused(api, () => api.mutate('rewards.grantSeveralAgain', many, options), lacking);
  });

  it('for who is blocked, and where the referral was cancelled', async () => {
    const ann = await refer('hal', 'ida');
    const [ida, hal] = await refusedOf({ memberId: ann.id });
    await decide('referrals.cancel', { id: ida.referralId, note });
    await expectRefused(api, () => api.mutate('rewards.grantAgain', { id: ida.id, note }), {
      status: 409,
      code: 'referral_ended',
    });
    await decide('members.block', { id: ann.id, note });
    await expectRefused(api, () => api.mutate('rewards.grantAgain', { id: hal.id, note }), {
      status: 409,
      code: 'member_blocked',
    });
    expect(await refusedOf({ memberId: ann.id })).toMatchObject([
      { status: 'lapsed', code: 'referral_ended' },
      { status: 'lapsed', code: 'member_blocked' },
    ]);
  });
});
