import { expect, test } from 'vitest';
import { addDays } from '../../domain/time.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { grantTo } from '../../tests/support/engage.ts';
import { NOTHING, playMerges } from '../../tests/support/merges.ts';
import { at, T0_MS, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** A program that pays the referrer 10.00 after a hold. */
const open = (hold_days = 30) => playMerges(database, activities, fixedPolicy(1_000n, hold_days));

test('referrals, links, count, rewards and balances of both are those of the one who stays', async () => {
  const { program, programId, db, ann, anna, merge, memberOf } = await open();
  for (const [name, code] of [
    ['bob', ann.code],
    ['cat', anna.code],
    ['dan', anna.code],
  ] as const) {
    await program.signUp(name, { code });
  }
  await program.act('bob', { value: usd(9_900n) });
  const order = await program.act('cat', { value: usd(9_900n) });
  await grantTo(db, { programId, memberId: anna.id, key: 'own', hold_days: 0 });
  const { outcome } = await merge(anna.id, ann.id, 1);
  expect(outcome).toMatchObject({ decision: 'accepted' });
  expect(await memberOf(anna.id)).toMatchObject({ mergedInto: ann.id, qualifiedReferrals: 0 });
  expect(await memberOf(ann.id)).toMatchObject({ mergedInto: null, qualifiedReferrals: 2 });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 2_000n, available_minor: 500n });
  expect(await program.balance(anna.id)).toMatchObject(NOTHING);
  expect(await db.referral.count({ where: { programId, referrerId: ann.id } })).toBe(3);
  expect(await db.reward.count({ where: { programId, memberId: ann.id } })).toBe(3);
  expect(await db.link.count({ where: { programId, memberId: ann.id } })).toBe(2);

  // What goes on after it: a signup by her code, a purchase, the end of a hold, and a refund.
  expect((await program.signUp('eve', { code: anna.code })).snapshot).toMatchObject({ referrer_id: ann.id });
  await program.act('dan', { value: usd(9_900n), at: at(2) });
  expect(await memberOf(ann.id)).toMatchObject({ qualifiedReferrals: 3 });
  await program.refund('cat', order.key, { at: at(3) });
  expect(await memberOf(ann.id)).toMatchObject({ qualifiedReferrals: 2 });
  await program.mature('dan', at(40).getTime());
  const sum = { pending_minor: 1_000n, available_minor: 1_500n, owed_minor: 0n };
  expect(await program.balance(ann.id, at(41))).toMatchObject(sum);
});

test('what her other account bought is hers: her referral takes its refunds and its next order', async () => {
  const { program, programId, db, ann, anna, merge } = await open(0);
  const eve = await program.member('eve');
  await program.signUp('anna', { code: eve.code });
  const first = await program.act('anna', { value: usd(9_900n) });
  expect(first.outcome.rewards).toMatchObject([{ granted: true }]);
  await merge(anna.id, ann.id, 1);
  const referral = await db.referral.findFirstOrThrow({ where: { programId } });
  expect(referral).toMatchObject({ referrerId: eve.id, referredId: ann.id });
  expect(await db.event.count({ where: { programId, subject: 'anna' } })).toBe(0);
  const play = { referralId: referral.id, at: at(2) };
  expect((await program.refund('ann', first.key, play)).outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.balance(eve.id, at(3))).toMatchObject({ available_minor: 0n });
  // One that was handed over before, and says the old id still.
  const next = await program.act('anna', { value: usd(9_900n), ...play });
  expect(next.outcome).toMatchObject({ decision: 'accepted', rewards: [{ granted: true }] });
});

test('of two who referred her accounts the first stays, and the other gives back', async () => {
  const { program, programId, db, ann, anna, merge, carryOut } = await open(0);
  const [eve, fay] = [await program.member('eve'), await program.member('fay')];
  await program.signUp('anna', { code: eve.code }, { at: at(0) });
  await program.signUp('ann', { code: fay.code }, { at: at(1) });
  for (const name of ['ann', 'anna']) await program.act(name, { value: usd(9_900n), at: at(2) });
  await merge(anna.id, ann.id, 3);
  expect(await carryOut()).toBe(1);
  const referrals = await db.referral.findMany({ where: { programId }, orderBy: { signedUpAt: 'asc' } });
  expect(referrals).toMatchObject([
    { referrerId: eve.id, referredId: ann.id, stage: 'rewarded' },
    { referrerId: fay.id, referredId: anna.id, stage: 'rejected', reason: 'cancelled' },
  ]);
  expect(await program.balance(eve.id, at(4))).toMatchObject({ available_minor: 1_000n });
  expect(await program.balance(fay.id, at(4))).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await db.member.findFirst({ where: { programId, id: fay.id } })).toMatchObject({
    qualifiedReferrals: 0,
  });
});

test('a referral that was cancelled takes nothing from the one that stands', async () => {
  const { program, programId, db, ann, anna, merge, carryOut } = await open(0);
  const [eve, fay] = [await program.member('eve'), await program.member('fay')];
  await program.signUp('anna', { code: eve.code }, { at: at(0) });
  await program.cancel('anna', { at: at(0) });
  await program.signUp('ann', { code: fay.code }, { at: at(1) });
  await program.act('ann', { value: usd(9_900n), at: at(2) });
  await merge(anna.id, ann.id, 3);
  expect(await carryOut()).toBe(0);
  const referrals = await db.referral.findMany({ where: { programId }, orderBy: { signedUpAt: 'asc' } });
  expect(referrals).toMatchObject([
    { referrerId: eve.id, referredId: anna.id, stage: 'rejected' },
    { referrerId: fay.id, referredId: ann.id, stage: 'rewarded' },
  ]);
  expect(await program.balance(fay.id, at(4))).toMatchObject({ available_minor: 1_000n });
});

test('accounts that referred each other end as a referral of oneself, whichever stays', async () => {
  for (const way of ['into the referrer', 'into the referred']) {
    const { program, programId, db, ann, anna, merge, memberOf, carryOut } = await open(0);
    await program.signUp('anna', { code: ann.code });
    await program.act('anna', { value: usd(9_900n) });
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 1_000n });
    const [goes, stays] = way === 'into the referrer' ? [anna, ann] : [ann, anna];
    await merge(goes.id, stays.id, 1);
    expect(await carryOut()).toBe(1);
    expect(await db.referral.findFirst({ where: { programId } })).toMatchObject({ stage: 'rejected' });
    expect(await memberOf(stays.id)).toMatchObject({ qualifiedReferrals: 0 });
    expect(await program.balance(stays.id, at(2))).toMatchObject(NOTHING);
  }
});

test('a chain is flat: who was merged first leads to the last, at one look', async () => {
  const { program, programId, db, ann, anna, merge, memberOf } = await open(0);
  const cat = await program.member('cat');
  await grantTo(db, { programId, memberId: anna.id, key: 'own', hold_days: 0 });
  await merge(anna.id, ann.id, 1);
  await merge(ann.id, cat.id, 2);
  expect(await memberOf(anna.id)).toMatchObject({ mergedInto: cat.id });
  const aliases = await db.memberAlias.findMany({ where: { programId }, orderBy: { externalId: 'asc' } });
  expect(aliases).toMatchObject([
    { externalId: 'ann', memberId: cat.id },
    { externalId: 'anna', memberId: cat.id },
  ]);
  expect(await program.balance(cat.id)).toMatchObject({ available_minor: 500n });
  // A member who was merged meanwhile leads to whom they were merged into.
  const dan = await program.member('dan');
  await merge(dan.id, anna.id, 3);
  expect(await memberOf(dan.id)).toMatchObject({ mergedInto: cat.id });
});

test('lots keep when they expire, and what has expired stays to lapse', async () => {
  const { programId, db, program, ann, anna, merge } = await open(0);
  const grant = (memberId: string, key: string, expires_days: number | null) =>
    grantTo(db, {
      programId,
      memberId,
      key,
      hold_days: 0,
      ...(expires_days === null ? {} : { expires_days }),
    });
  await grant(anna.id, 'a', 10);
  await grant(anna.id, 'b', 50);
  await grant(anna.id, 'c', null);
  await grant(ann.id, 'd', 40);
  await merge(anna.id, ann.id, 20);
  expect(await program.balance(ann.id, at(20))).toMatchObject({ available_minor: 1_500n });
  expect(await program.balance(ann.id, at(45))).toMatchObject({ available_minor: 1_000n });
  expect(await program.balance(ann.id, at(55))).toMatchObject({ available_minor: 500n });
  const lots = await db.ledgerLot.findMany({
    where: { account: { programId, memberId: anna.id }, open: true },
  });
  expect(lots).toMatchObject([{ remainingMinor: 500n, expiresAt: new Date(addDays(T0_MS, 10)) }]);
  await activities.expireLots({ now_ms: at(20).getTime() });
  expect(await balancesOf(db, programId, anna.id, at(0))).toMatchObject([NOTHING]);
});

test('each refusal changes nothing', async () => {
  const { program, programId, db, ann, anna, merge, memberOf } = await open(0);
  const blocked = await program.member('blocked');
  await db.member.update({
    where: { programId_id: { programId, id: blocked.id } },
    data: { blockedAt: at(0), blockedReason: 'A reason.' },
  });
  const erased = await program.member('erased');
  await db.member.update({
    where: { programId_id: { programId, id: erased.id } },
    data: { blockedAt: at(0), blockedReason: 'erased', erasedAt: at(0) },
  });
  const redeems = await program.member('redeems');
  await db.redemption.create({
    data: {
      ...{ programId, id: crypto.randomUUID(), memberId: redeems.id, unit: 'USD', amountMinor: 1n },
      ...{ method: 'manual', status: 'paying' },
    },
  });
  for (const [goes, stays, code] of [
    [ann.id, ann.id, 'same_member'],
    [blocked.id, ann.id, 'member_blocked'],
    [ann.id, blocked.id, 'member_blocked'],
    [erased.id, ann.id, 'member_erased'],
    [ann.id, erased.id, 'member_erased'],
    [redeems.id, ann.id, 'redemption_under_way'],
  ] as const) {
    expect((await merge(goes, stays)).outcome).toMatchObject({ decision: 'refused', code });
    expect(await memberOf(goes)).toMatchObject({ mergedInto: null });
  }
  expect((await merge(ann.id, redeems.id)).outcome).toMatchObject({ decision: 'accepted' });
  expect((await merge(ann.id, anna.id)).outcome).toMatchObject({ code: 'already_merged' });
  // A circle: the one who stays into the one who went.
  expect((await merge(redeems.id, ann.id)).outcome).toMatchObject({ code: 'same_member' });
  expect(await db.memberAlias.count({ where: { programId } })).toBe(1);
  expect(await db.outbox.count({ where: { programId, type: 'member.merged' } })).toBe(1);
});

test('carried out again it finds itself carried out', async () => {
  const { program, programId, db, ann, anna, merge } = await open(0);
  await grantTo(db, { programId, memberId: anna.id, key: 'own', hold_days: 0 });
  const ref = await merge(anna.id, ann.id, 1);
  const postings = await db.ledgerTransaction.count({ where: { programId } });
  await activities.decideMember(ref);
  expect(await db.ledgerTransaction.count({ where: { programId } })).toBe(postings);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});
