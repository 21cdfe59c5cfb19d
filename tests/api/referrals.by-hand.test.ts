import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/hand-over.ts';
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
    expect(data.sentences.join(' ')).toMatch(
      /cancelled by an operator on .+\. The reason given: “One person\.”/,
    );
    const { data: reward } = await api.query('explain.reward', { id: rewardId });
    expect(reward.sentences.slice(-2)).toEqual([
      'An operator took it back.',
      'The reason given: “One person.”',
    ]);
    const trail = await api.db.auditEntry.findMany({ where: { subject: referralId } });
    expect(trail).toMatchObject([{ action: 'referral.cancelled', detail: { note: 'One person.' } }]);
    await proved();
  });
});

describe('a signup that an operator attributes', () => {
  /** Somebody signs up by a code that nobody has, buys and has a part refunded. */
  async function unreferred(friend: string) {
    const ann = await api.member();
    const signup = { key: `signup-${friend}`, type: 'signup', subject: friend, code: 'nosuch2' };
    expect((await decide('events.record', signup)).outcome).toMatchObject({ code: 'code_unknown' });
    expect((await decide('events.record', buys(friend))).outcome).toMatchObject({ code: 'not_referred' });
    return { ann, word: { externalId: friend, referrerId: ann.id, note: 'A typo in the code.' } };
  }

  it('counts from its own time, and so does what the member has bought since', async () => {
    const { ann, word } = await unreferred('cat');
    const send = () => decide('referrals.attribute', word, 'attribute-cat');
    const attributed = await send();
    const { referralId } = attributed;
    expect(attributed.outcome).toMatchObject({ decision: 'accepted', stage: 'signed_up', referralId });
    expect(await send()).toEqual(attributed);
    await until('the purchase', async () => (await balanceOf(ann))?.available_minor === 5_000n);
    expect((await api.query('explain.event', { key: 'order-cat' })).data.event.outcome).toMatchObject({
      decision: 'accepted',
      stage: 'rewarded',
    });
    const { data } = await api.query('explain.referral', { id: referralId });
    expect(data.attribution).toMatchObject({ by: 'operator', reason: expect.any(String) });
    expect(data.sentences.join(' ')).toContain('The reason given: “A typo in the code.”');
    const again = () => api.mutate('referrals.attribute', word);
    await expectRefused(api, again, { status: 409, code: 'already_attributed' });
    await decide('referrals.cancel', { id: referralId, note: 'It was no typo.' });
    expect(await balanceOf(ann)).toMatchObject(stand);
    await proved();
  });

  it('is found by the external id that its member was given since', async () => {
    const gil = await api.member('gil');
    const { word } = await unreferred('gil');
    const renaming = { id: gil.id, externalId: 'gil-2', note: 'New accounts.' };
    expect(await decide('members.changeExternalId', renaming)).toMatchObject({
      outcome: { decision: 'accepted' },
    });
    const attributed = await decide('referrals.attribute', { ...word, externalId: 'gil-2' });
    expect(attributed.outcome).toMatchObject({ decision: 'accepted' });
  });

  it('is refused for who signed up by another, for oneself, and where nobody signed up', async () => {
    const { referralId } = await referred('dan');
    const eve = await api.member('eve');
    const word = { externalId: 'dan', referrerId: eve.id, note: 'She says so.' };
    const send = (change: object) => () => api.mutate('referrals.attribute', { ...word, ...change });
    await expectRefused(api, send({}), { status: 409, code: 'already_attributed' });
    await expectRefused(api, send({ externalId: 'eve' }), { status: 422, code: 'self_referral' });
    await expectRefused(api, send({ externalId: 'nobody' }), { status: 404, code: 'not_found' });
    await expectRefused(api, send({ referrerId: referralId }), { status: 404, code: 'member_unknown' });
  });
});

describe('a referral that an operator moves', () => {
  it('leaves its first referrer with nothing of it, and the second with all, once', async () => {
    const { ann, referralId } = await referred('fay');
    const gus = await api.member();
    const word = { id: referralId, referrerId: gus.id, note: 'Two of one name.' };
    const move = () => decide('referrals.move', word, 'move-fay');
    const moved = await move();
    expect(moved.outcome).toMatchObject({ decision: 'accepted', stage: 'rewarded' });
    expect(await move()).toEqual(moved);
    expect(await balanceOf(ann)).toMatchObject(stand);
    expect(await balanceOf(gus)).toMatchObject({ ...stand, available_minor: 5_000n });
    const { data } = await api.query('explain.referral', { id: referralId });
    expect(data.referral).toMatchObject({ referrerId: gus.id, stage: 'rewarded' });
    expect(data.sentences.join(' ')).toMatch(
      /It was moved by an operator on .+\. The reason given: “Two of one name\.”/,
    );
    await proved();
  });

  it('is refused for a referrer who is the referred, is theirs already, or is not there', async () => {
    const { ann, referralId } = await referred('hal');
    const hal = await api.db.member.findFirstOrThrow({ where: { externalId: 'hal' } });
    const word = { id: referralId, note: 'A mix-up.' };
    const send = (referrerId: string) => () => api.mutate('referrals.move', { ...word, referrerId });
    await expectRefused(api, send(hal.id), { status: 422, code: 'self_referral' });
    await expectRefused(api, send(ann.id), { status: 409, code: 'already_attributed' });
    await expectRefused(api, send(referralId), { status: 404, code: 'member_unknown' });
  });
});
