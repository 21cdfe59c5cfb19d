import { describe, expect, test } from 'vitest';
import { at } from '../../tests/support/play.ts';
import { everyPurchase, fixed, share, useRefused } from '../../tests/support/refused.ts';
import { milestoneRule, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const { open } = useRefused();

const shares = [testRule({ id: 'share', trigger: everyPurchase, benefit: share, hold_days: 10 })];

describe('what the budget refused meets a refund', () => {
  test('of a part before it: the share is taken, and comes back by a refund of that refund', async () => {
    const { program, ann, key, raise, refund } = await open(shares);
    const part = await refund(key, 1, { value: usd(2_000n) });
    await raise(500n);
    const { outcome } = await program.grantAgain('bob', { at: at(2) });
    expect(outcome).toMatchObject({
      rewards: [{ amount: { minor: '500' } }],
      trace: { reversed: [{ amount: { minor: '200', unit: 'USD' } }] },
    });
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 300n, owed_minor: 0n });
    await refund(part.key, 3);
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 500n });
    await refund(key, 4);
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, owed_minor: 0n });
  });

  test('of the whole before it: nothing is earned, until a refund of that refund', async () => {
    const { program, ann, key, raise, refund, codes } = await open([testRule({ benefit: fixed(500n) })]);
    const whole = await refund(key, 1);
    await raise(500n);
    expect(await codes()).toEqual(['no_longer_earned']);
    const { outcome } = await program.grantAgain('bob', { at: at(2) });
    expect(outcome).toMatchObject({ decision: 'refused', code: 'no_longer_earned' });
    await refund(whole.key, 3);
    expect(await codes()).toEqual([500n]);
    await program.grantAgain('bob', { at: at(4) });
    expect(await program.netRewards(ann.id)).toBe(500n);
  });

  test('after it: it goes like any other reward, and a refund of the refund gives it back', async () => {
    const { program, ann, key, raise, refund } = await open([
      testRule({ benefit: fixed(500n), hold_days: 10 }),
    ]);
    await raise(500n);
    await program.grantAgain('bob', { at: at(1) });
    const whole = await refund(key, 2);
    expect(whole.outcome).toMatchObject({ trace: { reversed: [{ amount: { minor: '500' } }] } });
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, owed_minor: 0n });
    await refund(whole.key, 3);
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 500n });
    const again = await program.grantAgain('bob', { at: at(4) });
    expect(again.outcome).toMatchObject({ decision: 'refused', code: 'already_resolved' });
  });

  test('below the least value: the action qualifies no more, and earns nothing', async () => {
    const policy = testPolicy();
    const qualification = { ...policy.qualification, min_value: usd(4_000n) };
    const { key, refund, codes } = await open([testRule({ benefit: fixed(500n) })], { qualification });
    await refund(key, 1, { value: usd(2_000n) });
    expect(await codes()).toEqual(['no_longer_earned']);
  });

  test('that is taken back while the budget has no room: what it took is granted once it has', async () => {
    const { program, ann, key, raise, refund, codes } = await open([testRule({ benefit: fixed(500n) })]);
    await raise(500n);
    await program.grantAgain('bob', { at: at(1) });
    const whole = await refund(key, 2);
    await raise(1n);
    const back = await refund(whole.key, 3);
    expect(back.outcome).toMatchObject({ rewards: [{ granted: false, code: 'budget_exhausted' }] });
    expect(await codes()).toEqual([500n]);
    await raise(500n);
    await program.grantAgain('bob', { at: at(4) });
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, owed_minor: 0n });
    await refund(key, 5);
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  });

  test('of a part that is taken back without room: that part comes back to the reward, once', async () => {
    const { program, ann, key, raise, refund, codes, refusedNow } = await open(shares);
    await raise(500n);
    await program.grantAgain('bob', { at: at(1) });
    const part = await refund(key, 2, { value: usd(2_000n) });
    await raise(300n);
    await refund(part.key, 3);
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 300n });
    expect(await codes()).toEqual([200n]);
    expect(await refusedNow()).toMatchObject([
      { refused: { amountMinor: 200n }, rewardId: expect.any(String) },
    ]);
    const early = await program.grantAgain('bob', { at: at(4) });
    expect(early.outcome).toMatchObject({ decision: 'refused', code: 'budget_exhausted' });
    await raise(500n);
    const { outcome } = await program.grantAgain('bob', { at: at(5) });
    expect(outcome).toMatchObject({
      decision: 'accepted',
      trace: { restored: [{ amount: { minor: '200', unit: 'USD' } }] },
    });
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 500n });
    expect((await program.grantAgain('bob', { at: at(6) })).outcome).toMatchObject({
      code: 'already_resolved',
    });
    await refund(key, 7);
    expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, owed_minor: 0n });
  });
});

describe('what the budget refused meets another action', () => {
  test('that takes its place: that one earns it', async () => {
    const { program, ann, raise, codes } = await open([testRule({ benefit: fixed(500n) })]);
    await program.act('bob', { value: usd(5_000n), at: new Date(at(0).getTime() - 1) });
    expect(await codes()).toEqual([500n, 'no_longer_earned']);
    await raise(10_000n);
    await program.grantAgain('bob', { at: at(1) });
    expect(await program.netRewards(ann.id)).toBe(500n);
  });

  test('that moves its number: a rule on the first purchase pays for the first alone', async () => {
    const first = { ...everyPurchase, to: 1 };
    const { program, ann, raise, codes } = await open([testRule({ trigger: first, benefit: fixed(500n) })]);
    await program.act('bob', { value: usd(5_000n), at: new Date(at(0).getTime() - 1) });
    expect(await codes()).toEqual([500n, 'no_longer_earned']);
    await raise(10_000n);
    await program.grantAgain('bob', { at: at(1) });
    expect(await program.netRewards(ann.id)).toBe(500n);
  });

  test('that is asked again after a refund: what it was granted then is not granted twice', async () => {
    const first = { ...everyPurchase, to: 3 };
    const { program, ann, key, raise, refund, codes } = await open([
      testRule({ trigger: first, benefit: fixed(500n) }),
    ]);
    await raise(10_000n);
    const whole = await refund(key, 1);
    await refund(whole.key, 2);
    expect(await program.netRewards(ann.id)).toBe(500n);
    expect(await codes()).toEqual(['already_resolved']);
    const { outcome } = await program.grantAgain('bob', { at: at(3) });
    expect(outcome).toMatchObject({ decision: 'refused', code: 'already_resolved' });
    expect(await program.netRewards(ann.id)).toBe(500n);
  });

  test('that qualifies anew after a refund: one reward, by whichever is asked', async () => {
    const { program, ann, key, raise, refund, codes } = await open([testRule({ benefit: fixed(500n) })]);
    await refund(key, 1);
    await program.act('bob', { value: usd(5_000n), at: at(2) });
    expect(await codes()).toEqual(['no_longer_earned', 500n]);
    await raise(10_000n);
    const refused = await program.db.refusedReward.findFirstOrThrow({
      where: { programId: program.id, occurredAt: at(2) },
    });
    await program.grantAgain('bob', { at: at(3), refusedId: refused.id });
    expect(await codes()).toEqual(['already_resolved', 'already_resolved']);
    expect(await program.netRewards(ann.id)).toBe(500n);
  });
});

describe('what the budget refused meets an operator’s word', () => {
  test('that takes it back: neither another purchase nor a second word brings it back', async () => {
    const { program, ann, key, raise, refund } = await open([testRule({ benefit: fixed(500n) })]);
    await raise(10_000n);
    await program.grantAgain('bob', { at: at(1) });
    await program.correct('bob', 'taken_back', { at: at(2) });
    expect((await program.grantAgain('bob', { at: at(3) })).outcome).toMatchObject({
      code: 'already_resolved',
    });
    await refund(key, 4);
    const { outcome } = await program.act('bob', { value: usd(5_000n), at: at(5) });
    expect(outcome).toMatchObject({ rewards: [{ code: 'operator_refused' }] });
    expect(await program.netRewards(ann.id)).toBe(0n);
  });

  test('that moves the referral: the new referrer earns it, and the first no longer', async () => {
    const { program, ann, raise, codes } = await open([testRule({ benefit: fixed(500n) })]);
    const zoe = await program.member('zoe');
    await program.move('bob', zoe.id, { at: at(1) });
    expect((await codes()).sort()).toEqual([500n, 'no_longer_earned'].sort());
    await raise(10_000n);
    const refused = await program.db.refusedReward.findFirstOrThrow({
      where: { programId: program.id, memberId: zoe.id },
    });
    await program.grantAgain('bob', { at: at(2), refusedId: refused.id });
    expect(await program.netRewards(zoe.id)).toBe(500n);
    expect(await program.netRewards(ann.id)).toBe(0n);
  });
});

describe('what hangs on a count', () => {
  test('a milestone is granted once it has room, and goes when the count falls below it', async () => {
    const { program, ann, raise, refer, codes } = await open([milestoneRule('two', 2, fixed(700n))]);
    const second = await refer('cat', 1);
    expect(await codes()).toEqual([700n]);
    await raise(10_000n);
    await program.grantAgain('cat', { at: at(2) });
    await refer('dan', 3);
    expect(await program.netRewards(ann.id)).toBe(700n);
    await program.refund('cat', second.key, { at: at(4) });
    expect(await program.netRewards(ann.id)).toBe(700n);
    const third = await program.db.event.findFirstOrThrow({
      where: { programId: program.id, subject: 'dan', type: 'purchase' },
    });
    await program.refund('dan', third.key, { at: at(5) });
    expect(await program.netRewards(ann.id)).toBe(0n);
  });

  test('a milestone whose count fell, or that another referral reached, is not granted', async () => {
    const { program, ann, raise, refer, codes } = await open([milestoneRule('two', 2, fixed(700n))]);
    const second = await refer('cat', 1);
    await program.refund('cat', second.key, { at: at(2) });
    expect(await codes()).toEqual(['no_longer_earned']);
    await raise(10_000n);
    await refer('dan', 3);
    expect(await program.netRewards(ann.id)).toBe(700n);
    expect(await codes()).toEqual(['no_longer_earned']);
    await refer('eve', 4);
    expect((await program.grantAgain('cat', { at: at(5) })).outcome).toMatchObject({
      code: 'no_longer_earned',
    });
    expect(await program.netRewards(ann.id)).toBe(700n);
  });

  test('a milestone rate is made up to what the count entitles to, and never beyond', async () => {
    const builtin = testPolicy().rules;
    const { program, ann, raise, refer, codes } = await open(builtin);
    for (const [nth, who] of ['b', 'c', 'd', 'e', 'f'].entries()) await refer(who, nth + 1);
    // The 5th earns 5.00 and the 6th 1.00, both without room.
    expect(await codes()).toEqual([500n, 100n]);
    const last = await refer('g', 6);
    await program.refund('g', last.key, { at: at(7) });
    expect(await codes()).toEqual([500n, 100n, 'no_longer_earned']);
    await raise(10_000n);
    await program.grantAgain('e', { at: at(8) });
    expect(await program.netRewards(ann.id)).toBe(500n);
    await program.cancel('f', { at: at(9) });
    expect(await program.netRewards(ann.id)).toBe(500n);
    expect(await codes()).toEqual(['already_resolved', 'referral_ended', 'no_longer_earned']);
  });
});
