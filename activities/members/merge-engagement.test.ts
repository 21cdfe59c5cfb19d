import { expect, test } from 'vitest';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, seedSeason, topOf } from '../../tests/support/leaderboards.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { bringFriend, milestonePolicy, testMilestone } from '../../tests/support/milestones.ts';
import { at, useActivities } from '../../tests/support/play.ts';
import { doAct, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { fixedPolicy, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const rule = (changes: Partial<AchievementRule> = {}): AchievementRule => ({
  id: 'first',
  name: 'It',
  test: { kind: 'first', event: 'contribution', within: 'member' } as AchievementRule['test'],
  benefit: { kind: 'badge', label: 'First' },
  repeatable: false,
  ...changes,
});

test('points of both add up, and only a level above both is told', async () => {
  const { program, db, programId, ann, anna, merge } = await playMerges(database, activities, pointsPolicy());
  for (let nth = 0; nth < 3; nth += 1) await doAct(program, ann);
  for (let nth = 0; nth < 6; nth += 1) await doAct(program, anna);
  expect(await db.outbox.count({ where: { programId, type: 'level.reached' } })).toBe(3);
  await merge(anna.id, ann.id, 1);
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 90, level: 'silver' });
  // Silver was told by her other account.
  expect(await db.outbox.count({ where: { programId, type: 'level.reached' } })).toBe(3);
  await doAct(program, { id: ann.id, externalId: 'ann' });
  expect(await pointsOf(program, ann.id)).toMatchObject({ lifetime: 100, level: 'gold' });
  expect(await db.outbox.count({ where: { programId, type: 'level.reached' } })).toBe(4);
});

test('achievements are those of both, and one by number counts the actions of both', async () => {
  const every = rule({
    ...{ id: 'every', test: { kind: 'nth', event: 'contribution', count: 2 }, repeatable: true },
    benefit: { kind: 'credit', amount: usd(100n) },
  });
  const policy = pointsPolicy({ achievements: [rule(), every] });
  const { program, db, programId, ann, anna, merge } = await playMerges(database, activities, policy);
  for (const member of [ann, anna]) for (let nth = 0; nth < 3; nth += 1) await doAct(program, member);
  await merge(anna.id, ann.id, 1);
  const awardsOf = (achievement: string) =>
    db.achievementAward.count({ where: { programId, memberId: ann.id, achievement } });
  expect([await awardsOf('first'), await awardsOf('every')]).toEqual([1, 2]);
  // The seventh of both: the sixth has earned a third award, which was not given yet.
  await doAct(program, ann);
  expect([await awardsOf('first'), await awardsOf('every')]).toEqual([1, 3]);
  await doAct(program, ann);
  expect([await awardsOf('first'), await awardsOf('every')]).toEqual([1, 4]);
  // What was handed to the old workflow, and what says the old id, counts for her.
  await doAct(program, { id: anna.id, externalId: 'ann' });
  expect(await db.memberAction.count({ where: { programId, memberId: ann.id } })).toBe(9);
});

test('milestones count both: what either had is not awarded again, what both reach is', async () => {
  const steps = [2, 4, 5].map((count) => ({
    at: count,
    benefit: { kind: 'fixed' as const, amount: usd(500n) },
  }));
  const policy = milestonePolicy([testMilestone({ thresholds: steps, reversible: true })]);
  const { program, db, programId, ann, anna, merge } = await playMerges(database, activities, policy);
  for (let nth = 0; nth < 2; nth += 1) await bringFriend(program, ann.code, `a${nth}`);
  for (let nth = 0; nth < 3; nth += 1) await bringFriend(program, anna.code, `b${nth}`);
  const award = (memberId: string) =>
    activities.awardMilestones({ programId, memberId, now_ms: at(1).getTime() });
  for (const { id } of [ann, anna]) await award(id);
  await merge(anna.id, ann.id, 1);
  expect(await award(anna.id)).toEqual({ due_at_ms: null });
  await activities.sweepMilestones({ after: null, now_ms: at(1).getTime() });
  const standing = await db.milestoneAward.findMany({ where: { programId }, orderBy: { at: 'asc' } });
  expect(standing.map(({ memberId, step, status }) => [memberId === ann.id, step, status])).toEqual(
    expect.arrayContaining([
      [true, '2', 'awarded'],
      [false, '2', 'awarded'],
      [true, '4', 'awarded'],
      [true, '5', 'awarded'],
    ]),
  );
  expect(standing).toHaveLength(4);
  expect(await program.balance(ann.id, at(1))).toMatchObject({ available_minor: 2_000n });
});

test('what both had been awarded goes once both together have less, and comes back once', async () => {
  const policy = milestonePolicy([testMilestone({ reversible: true })]);
  const { program, db, programId, ann, anna, merge } = await playMerges(database, activities, policy);
  const award = (memberId: string) =>
    activities.awardMilestones({ programId, memberId, now_ms: at(3).getTime() });
  for (const [nth, { id, code }] of [ann, anna].entries()) {
    for (const friend of ['a', 'b']) await bringFriend(program, code, `${friend}${nth}`);
    await award(id);
  }
  await merge(anna.id, ann.id, 1);
  await program.refund('a0', 'order-a0', { at: at(2) });
  await program.refund('a1', 'order-a1', { at: at(2) });
  await award(ann.id);
  expect(await program.balance(ann.id, at(3))).toMatchObject({ available_minor: 1_000n });
  await program.refund('b1', 'order-b1', { at: at(2) });
  await award(ann.id);
  await award(anna.id);
  expect(await program.balance(ann.id, at(3))).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await db.milestoneAward.count({ where: { programId, status: { not: 'reversed' } } })).toBe(0);
  await bringFriend(program, anna.code, 'c');
  await award(ann.id);
  expect(await program.balance(ann.id, at(3))).toMatchObject({ available_minor: 500n });
});

test('what both had achieved goes once all that it was for is refunded', async () => {
  const once = rule({ benefit: { kind: 'credit', amount: usd(100n) } });
  const policy = pointsPolicy({ achievements: [once] });
  const { program, db, programId, ann, anna, merge } = await playMerges(database, activities, policy);
  await doAct(program, ann, { key: 'one' });
  await doAct(program, anna, { key: 'two' });
  await merge(anna.id, ann.id, 1);
  const left = async () => {
    const sums = await db.reward.findMany({ where: { programId, memberId: ann.id } });
    return sums.map(({ amountMinor, reversedMinor }) => amountMinor - reversedMinor);
  };
  await doAct(program, ann, { type: 'refund', refundOf: 'two' });
  expect(await left()).toEqual([100n, 100n]);
  await doAct(program, ann, { type: 'refund', refundOf: 'one' });
  expect(await left()).toEqual([0n, 0n]);
});

test('open boards count both, closed seasons stay, and a prize still owed goes along', async () => {
  const played = await playMerges(database, activities, fixedPolicy(100n, 0));
  const { program, db, programId, ann, anna, merge } = played;
  const board = await seedBoard(db, programId, 'all_time');
  const seasons = await seedBoard(db, programId, 'season');
  const prize = { from_rank: 1, to_rank: 1, kind: 'badge', label: 'Champion', amount: null } as const;
  const season = { startsAt: at(-1), endsAt: at(10), prizes: [prize] };
  const windowId = await seedSeason(db, programId, seasons, season);
  await bringFriend(program, ann.code, 'a');
  for (const name of ['b', 'c']) await bringFriend(program, anna.code, name);
  const step = { programId, windowId, now_ms: at(11).getTime() };
  await activities.closeWindow(step);
  await activities.freezeSeason(step);
  await merge(anna.id, ann.id, 12);
  expect(await topOf(db, programId, board, 'all')).toEqual([[ann.id, 1, 3]]);
  expect(await activities.awardSeason(step)).toEqual({ awarded: 1, unpaid: 0 });
  const standings = await db.seasonStanding.findMany({ where: { programId }, orderBy: { rank: 'asc' } });
  expect(standings.map(({ memberId, score }) => [memberId, score])).toEqual([
    [anna.id, 2n],
    [ann.id, 1n],
  ]);
  expect(await db.reward.findFirst({ where: { programId, label: 'Champion' } })).toMatchObject({
    memberId: ann.id,
  });
  await program.refund('b', 'order-b', { at: at(13) });
  expect(await topOf(db, programId, board, 'all')).toEqual([[ann.id, 1, 2]]);
});

test('a board whose past is being counted has both, whoever was counted before the merge', async () => {
  const { program, db, programId, ann, anna, merge } = await playMerges(
    database,
    activities,
    fixedPolicy(100n, 0),
  );
  for (const [code, name] of [
    [ann.code, 'a'],
    [anna.code, 'b'],
    [anna.code, 'c'],
  ] as const) {
    await bringFriend(program, code, name);
  }
  const board = await seedBoard(db, programId, 'all_time');
  const where = { programId_id: { programId, id: board } };
  // Counted up to and with whoever comes first.
  const first = [ann.id, anna.id].sort()[0] ?? '';
  await db.board.update({ where, data: { backfillAt: at(0), createdAt: new Date() } });
  await merge(anna.id, ann.id, 1);
  await db.board.update({ where, data: { backfillCursor: first } });
  await activities.backfillBoards({ now_ms: Date.now() });
  expect(await topOf(db, programId, board, 'all')).toEqual([[ann.id, 1, 3]]);
});

test('who wants no e-mail by either account gets none, and what was not answered is withdrawn', async () => {
  const { db, programId, ann, anna, merge } = await playMerges(database, activities, fixedPolicy(100n, 0));
  const preference = { programId, category: 'engagement' as const, updatedAt: at(0) };
  await db.noticePreference.create({ data: { ...preference, memberId: anna.id, email: false } });
  await db.noticePreference.create({ data: { ...preference, memberId: ann.id, email: true } });
  const notice = { programId, memberId: anna.id, kind: 'referral.qualified', params: {}, locale: 'en' };
  const id = crypto.randomUUID();
  await db.notice.create({ data: { ...notice, id, key: 'k', inInbox: true, createdAt: at(0) } });
  for (const status of ['scheduled', 'cancelled'] as const) {
    const times = status === 'scheduled' ? { turnAt: at(0) } : { endedAt: at(0) };
    await db.survey.create({
      data: {
        ...{ programId, id: crypto.randomUUID(), key: `survey:${anna.id}:nps:${status}`, memberId: anna.id },
        ...{ ruleId: 'nps', occasion: status, policyVersion: 1, status, dueAt: at(0), ...times },
      },
    });
  }
  await merge(anna.id, ann.id, 1);
  expect(await db.noticePreference.findFirst({ where: { programId, memberId: ann.id } })).toMatchObject({
    email: false,
  });
  expect(await db.notice.findFirst({ where: { programId } })).toMatchObject({ memberId: ann.id });
  expect(await db.survey.count({ where: { programId, memberId: ann.id } })).toBe(2);
  const withdrawn = await db.event.findMany({ where: { programId, type: 'survey.cancelled' } });
  expect(withdrawn).toHaveLength(1);
});
