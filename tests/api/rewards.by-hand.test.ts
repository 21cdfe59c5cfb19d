import { describe, expect, it } from 'vitest';
import { until } from '../support/hand-over.ts';
import { usd, useByHand } from './by-hand-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, engine, decide, publish, referred, balanceOf, proved } = useByHand();

const stand = { pending_minor: 0n, available_minor: 0n, owed_minor: 0n };
const accepted = { outcome: { decision: 'accepted' } };

describe('an operator’s word on a reward of a referral', () => {
  it('holds it beyond its time, lets it go, and takes it back: each once, with its reason', async () => {
    await publish();
    const { ann, rewardId, referralId } = await referred('bob');
    const held = await decide('rewards.hold', { id: rewardId, note: 'Looks like one household.' });
    expect(held).toMatchObject({ rewardId, ...accepted });
    expect((await api.query('rewards.get', { id: rewardId })).data).toMatchObject({
      status: 'held',
      heldBy: held.eventId,
    });
    // Its time comes, and nothing happens.
    await api.db.reward.updateMany({ where: { id: rewardId }, data: { maturesAt: new Date(0) } });
    await engine.activities.matureRewards({ programId: api.programId, referralId, now_ms: Date.now() });
    expect(await balanceOf(ann)).toMatchObject({ ...stand, pending_minor: 5_000n });
    const again = { id: rewardId, note: 'Once more.' };
    await expectRefused(api, () => api.mutate('rewards.hold', again), { status: 409, code: 'stage_forbids' });

    await decide('rewards.release', { id: rewardId, note: 'Two households.' });
    await until('its end', async () => (await balanceOf(ann))?.available_minor === 5_000n);
    const taken = await decide('rewards.takeBack', { id: rewardId, note: 'A bought account.' });
    expect(taken).toMatchObject({ ...accepted, outcome: { stage: 'rewarded' } });
    expect(await balanceOf(ann)).toMatchObject(stand);

    const { data } = await api.query('explain.reward', { id: rewardId });
    expect(data.sentences.slice(-2)).toEqual([
      'An operator took it back.',
      'The reason given: “A bought account.”',
    ]);
    const { data: command } = await api.query('explain.event', { id: taken.eventId });
    expect(command.sentences).toContain('The reason given: “A bought account.”');
    expect(command.sentences).toContain('It is about the member’s reward: $50.00.');
    const inGerman = await api.query('explain.event', { id: held.eventId, language: 'de' });
    expect(inGerman.data.sentences).toContain('Es geht um die Prämie des Mitglieds: 50,00\u00a0$.');
    const trail = await api.db.auditEntry.findMany({ where: { subject: rewardId }, orderBy: { id: 'asc' } });
    expect(trail.map(({ action }) => action)).toEqual([
      'reward.held',
      'reward.released',
      'reward.taken_back',
    ]);
    expect(trail.at(-1)).toMatchObject({ detail: { note: 'A bought account.', eventId: taken.eventId } });
    await proved();
  });

  it('is carried out once, however often it is sent, handed over or followed by a refund', async () => {
    const { ann, rewardId, referralId, refund } = await referred('cat');
    const send = () => decide('rewards.takeBack', { id: rewardId, note: 'Fraud.' }, 'one-key');
    const first = await send();
    expect(await send()).toEqual(first);
    const postings = () => api.db.ledgerTransaction.count();
    const before = await postings();
    const ref = { programId: api.programId, referralId, eventId: first.eventId, now_ms: Date.now() };
    expect(await engine.activities.correctReferralReward(ref)).toMatchObject({ rewards: { reversed: 1 } });
    const sent = { id: rewardId, note: 'Fraud.' };
    await expectRefused(api, () => api.mutate('rewards.takeBack', sent), {
      status: 409,
      code: 'already_resolved',
    });
    const { outcome } = await decide('events.record', refund);
    expect(outcome).toMatchObject({ decision: 'accepted', trace: { reversed: [] } });
    expect(await postings()).toBe(before);
    expect(await balanceOf(ann)).toMatchObject(stand);
    await proved();
  });

  it('is refused when it comes second of two that were sent at once', async () => {
    const { ann, rewardId } = await referred('dan');
    const words = ['one', 'two'].map((note) => decide('rewards.takeBack', { id: rewardId, note }));
    const codes = (await Promise.allSettled(words)).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.outcome.code ?? 'accepted'] : [],
    );
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
    expect(await balanceOf(ann)).toMatchObject(stand);
    await proved();
  });
});

describe('what an operator grants by hand', () => {
  it('is credit, a badge or a perk, held or not, and is taken back like any other', async () => {
    const eve = await api.member();
    const grant = (input: object) => decide('rewards.grant', { memberId: eve.id, note: 'A talk.', ...input });
    const now = await grant({ benefit: { kind: 'fixed', amount: usd('1200') }, expires_days: 10 });
    const later = await grant({ benefit: { kind: 'fixed', amount: usd('300') }, hold_days: 5 });
    const perk = await grant({ benefit: { kind: 'perk', label: 'early access' } });
    expect(await balanceOf(eve)).toMatchObject({ available_minor: 1_200n, pending_minor: 300n });
    expect((await api.query('rewards.list', { memberId: eve.id })).data.items).toMatchObject([
      { id: perk.rewardId, kind: 'perk', source: 'operator', status: 'available' },
      { id: later.rewardId, amount: usd('300'), status: 'held' },
      { id: now.rewardId, amount: usd('1200'), expiresAt: expect.any(String) },
    ]);
    const { sentences } = (await api.query('explain.reward', { id: later.rewardId })).data;
    expect(sentences.slice(0, 2)).toEqual([
      expect.stringMatching(/^An operator granted \$3\.00 to the member on .+\.$/),
      'The reason given: “A talk.”',
    ]);
    for (const { rewardId } of [now, later, perk]) {
      expect(await decide('rewards.takeBack', { id: rewardId, note: 'By mistake.' })).toMatchObject(accepted);
    }
    expect(await balanceOf(eve)).toMatchObject(stand);
    await proved();
  });

  it('is one grant for one command, and none where the budget has no room', async () => {
    const fay = await api.member();
    const benefit = { kind: 'fixed', amount: usd('700') };
    const gift = { memberId: fay.id, benefit, note: 'Thanks.' };
    const first = await decide('rewards.grant', gift, 'gift-to-fay');
    expect(await decide('rewards.grant', gift, 'gift-to-fay')).toEqual(first);
    const events = { programId: api.programId, memberId: fay.id, eventIds: [first.eventId] };
    await engine.activities.correctMemberRewards({ ...events, now_ms: Date.now() });
    const large = { ...gift, benefit: { kind: 'fixed', amount: usd('50001') } };
    expect(await decide('rewards.grant', large)).toMatchObject({
      outcome: { decision: 'refused', code: 'budget_exhausted' },
    });
    expect(await balanceOf(fay)).toMatchObject({ ...stand, available_minor: 700n });
    await proved();
  });

  const refused = (code: string, status = 400) => ({ code, status });
  it.each([
    [refused('amount_negative'), usd('-500')],
    [refused('amount_zero'), usd('0')],
    [refused('amount_not_integer'), usd('5.00')],
    [refused('amount_too_large'), usd(`1${'0'.repeat(20)}`)],
    [refused('unit_unknown'), { minor: '5', unit: 'XXX' }],
    [refused('unit_mismatch', 422), { minor: '5', unit: 'EUR' }],
    [refused('unit_mismatch', 422), { minor: '5', unit: 'PTS' }],
  ])('is refused with $code where the amount is none, and nothing changes', async (expected, amount) => {
    const gus = await api.member();
    const gift = { memberId: gus.id, benefit: { kind: 'fixed', amount }, note: 'Thanks.' };
    await expectRefused(api, () => api.mutate('rewards.grant', gift), expected);
  });

  it('needs the right to make value, which deciding reviews does not give', async () => {
    const hal = await api.member();
    const { token } = await api.key(['read', 'referrals:review']);
    const gift = { memberId: hal.id, benefit: { kind: 'perk', label: 'hat' }, note: 'Thanks.' };
    await expectRefused(api, () => api.mutate('rewards.grant', gift, { key: token }), {
      status: 403,
      code: 'scope_missing',
    });
  });
});
