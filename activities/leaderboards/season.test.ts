import { expect, test } from 'vitest';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { setBudget } from '../../ledger/post.ts';
import { prove } from '../../ledger/prove.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, seedSeason } from '../../tests/support/leaderboards.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, DAY_MS, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

const PRIZES: readonly Prize[] = [
  { from_rank: 1, to_rank: 1, kind: 'credit', label: null, amount: { minor: '10000', unit: 'USD' } },
  { from_rank: 2, to_rank: 3, kind: 'badge', label: 'Runner-up', amount: null },
];

/** A season of ten days in which ann has two referrals, ben and cat one each. */
async function season(budget_minor: bigint | null = null) {
  const budget = budget_minor === null ? null : usd(budget_minor);
  const program = await playProgram(database, activities, fixedPolicy(100n, 0, { budget }));
  const boardId = await seedBoard(program.db, program.id, 'season');
  const seed = { startsAt: at(0), endsAt: at(10), closesAt: at(11), prizes: PRIZES };
  const windowId = await seedSeason(program.db, program.id, boardId, seed);
  const [ann, ben, cat] = [
    await program.member('ann'),
    await program.member('ben'),
    await program.member('cat'),
  ];
  for (const [{ code }, friend] of [
    [ann, 'a1'],
    [ben, 'b1'],
    [cat, 'c1'],
    [ann, 'a2'],
  ] as const) {
    const day = { b1: 1, c1: 2 }[friend as string] ?? 3;
    await program.signUp(friend, { code }, { at: at(day) });
    await program.act(friend, { at: at(day), key: `order-${friend}`, value: usd(1_000n) });
  }
  return { program, ann, ben, cat, step: { programId: program.id, windowId, now_ms: at(11).getTime() } };
}

async function close(step: Awaited<ReturnType<typeof season>>['step']) {
  await activities.closeWindow(step);
  await activities.freezeSeason(step);
  return await activities.awardSeason(step);
}

test('a past season is found and closed, however late: standings final, a prize for each rank', async () => {
  const { program, ann, ben, cat, step } = await season();
  const dueAt = async (day: number) =>
    (await activities.dueWindows({ now_ms: at(day).getTime() })).some(
      ({ windowId }) => windowId === step.windowId,
    );
  expect([await dueAt(10.9), await dueAt(11), await dueAt(400)]).toEqual([false, true, true]);
  expect(await close({ ...step, now_ms: at(400).getTime() })).toEqual({ awarded: 3, unpaid: 0 });
  expect(await dueAt(401)).toBe(false);
  const { db } = program;
  const where = { windowId: step.windowId };
  const standings = await db.seasonStanding.findMany({ where, orderBy: { rank: 'asc' } });
  expect(standings.map(({ memberId, score, reachedAt }) => [memberId, score, reachedAt])).toEqual([
    [ann.id, 2n, at(3)],
    [ben.id, 1n, at(1)],
    [cat.id, 1n, at(2)],
  ]);
  const awards = await db.seasonAward.findMany({ where, orderBy: { rank: 'asc' } });
  expect(
    awards.map(({ memberId, kind, label, amountMinor }) => [memberId, kind, label, amountMinor]),
  ).toEqual([
    [ann.id, 'credit', null, 10_000n],
    [ben.id, 'badge', 'Runner-up', 0n],
    [cat.id, 'badge', 'Runner-up', 0n],
  ]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 10_200n });
  const rewards = await db.reward.findMany({
    where: { programId: program.id, source: 'season' },
    orderBy: { key: 'asc' },
  });
  expect(
    rewards.map(({ key, memberId, kind, label, status }) => [key, memberId, kind, label, status]),
  ).toEqual([
    [`prize:${step.windowId}:1`, ann.id, 'credit', null, 'available'],
    [`prize:${step.windowId}:2`, ben.id, 'badge', 'Runner-up', 'available'],
    [`prize:${step.windowId}:3`, cat.id, 'badge', 'Runner-up', 'available'],
  ]);
});

test('a season waits for what came in time and is undecided, for a day, and then counts it', async () => {
  const { program, ben, step } = await season();
  const { db } = program;
  const close_ms = at(11).getTime();
  await program.signUp('b2', { code: ben.code }, { at: at(4) });
  const order = { type: 'purchase', subject: 'b2', at: at(9), value: usd(1_000n) };
  const { id: eventId } = await seedEvent(db, program.id, { ...order, received: at(10.9) });
  const closesAt = async (now_ms: number) => (await activities.closeWindow({ ...step, now_ms })).closed;
  expect(await closesAt(close_ms)).toBe(false);
  expect(await activities.freezeSeason(step)).toEqual({ standings: 0 });
  expect(await closesAt(close_ms + DAY_MS - 1)).toBe(false);
  await program.again({ id: eventId }, 'b2', close_ms + 1);
  // What came too late, and what waits for something else, holds nothing up.
  await seedEvent(db, program.id, { ...order, received: at(11.1) });
  const { id } = await seedEvent(db, program.id, { ...order, received: at(10), due: at(90_000) });
  await db.event.updateMany({ where: { id }, data: { state: 'waiting' } });
  expect(await closesAt(close_ms + 2)).toBe(true);
  await activities.freezeSeason(step);
  const where = { windowId: step.windowId, memberId: ben.id };
  expect(await db.seasonStanding.findFirst({ where })).toMatchObject({ score: 2n });
});

test('a season closes a day after its close, whatever is undecided then', async () => {
  const { program, step } = await season();
  await seedEvent(program.db, program.id, { type: 'purchase', subject: 'a1', at: at(9), received: at(10) });
  expect(await activities.closeWindow({ ...step, now_ms: at(12).getTime() })).toEqual({ closed: true });
});

test('a badge that a season awards is signed like any other', async () => {
  const { program, ben, cat, step } = await season();
  const words = { name: 'Runner-up', description: 'Came close', criteria: 'Second or third in a season' };
  await program.db.badgeDefinition.create({
    data: { programId: program.id, id: newId(), label: 'Runner-up', ...words },
  });
  await close(step);
  await activities.issueBadges({ now_ms: step.now_ms });
  const badges = await program.db.badgeCredential.findMany({ where: { programId: program.id } });
  expect(badges.map(({ memberId }) => memberId).sort()).toEqual([ben.id, cat.id].sort());
});

test('after a run that dies at any step the next one awards what is missing, nothing twice', async () => {
  const steps = ['closeWindow', 'freezeSeason', 'awardSeason'] as const;
  for (const last of steps) {
    const { program, ann, step } = await season();
    for (const name of steps.slice(0, steps.indexOf(last) + 1)) await activities[name](step);
    const runs = await Promise.all([close(step), close(step), close(step)]);
    const awarded = runs.reduce((sum, run) => sum + run.awarded, 0);
    expect(awarded).toBe(last === 'awardSeason' ? 0 : 3);
    expect(await program.db.seasonStanding.count({ where: { windowId: step.windowId } })).toBe(3);
    expect(await program.db.reward.count({ where: { programId: program.id, source: 'season' } })).toBe(3);
    expect(await program.balance(ann.id)).toMatchObject({ available_minor: 10_200n });
  }
  expect(await prove(database.url)).toMatchObject({ ok: true });
});

test('closed ten times at once, a season is awarded once, and the ledger proves it', async () => {
  const { program, ann, step } = await season();
  const together = await Promise.all(Array.from({ length: 10 }, () => close(step)));
  await close(step);
  expect(together.reduce((sum, { awarded }) => sum + awarded, 0)).toBe(3);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 10_200n });
  const where = { programId: program.id, key: { startsWith: 'season.prize:' } };
  expect(await program.db.outbox.count({ where })).toBe(3);
  expect(await prove(database.url)).toMatchObject({ ok: true });
});

test('a reversal after the close leaves standings and prizes as they are, and is on record', async () => {
  const { program, ann, step } = await season();
  await close(step);
  await program.refund('a1', 'order-a1', { at: at(12) });
  const where = { windowId: step.windowId };
  expect(await program.db.seasonStanding.findFirst({ where: { ...where, rank: 1 } })).toMatchObject({
    memberId: ann.id,
    score: 2n,
  });
  expect(await program.db.boardLateChange.count({ where })).toBe(1);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 10_100n });
  expect(await close(step)).toEqual({ awarded: 0, unpaid: 0 });
});

test('a prize that the budget has no room for stays due, and is awarded once there is room', async () => {
  const { program, ann, step } = await season(1_000n);
  expect(await close(step)).toEqual({ awarded: 2, unpaid: 1 });
  expect(await close(step)).toEqual({ awarded: 0, unpaid: 1 });
  await program.db.$transaction((tx) => setBudget(tx, program.id, 'USD', 50_000n));
  expect(await close(step)).toEqual({ awarded: 1, unpaid: 0 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 10_200n });
});

test('nobody changes final standings, awards, late changes or a closed season, with any rights', async () => {
  const { program, step } = await season();
  await close(step);
  await program.refund('a1', 'order-a1', { at: at(12) });
  for (const statement of [
    'UPDATE season_standings SET rank = rank + 100',
    'DELETE FROM season_standings',
    'TRUNCATE season_standings',
    'UPDATE season_awards SET amount_minor = 1',
    'DELETE FROM season_awards',
    'DELETE FROM board_late_changes',
    `UPDATE board_windows SET closed_at = NULL, awarded_at = NULL, frozen_at = NULL
     WHERE id = '${step.windowId}'`,
    `UPDATE board_windows SET ends_at = ends_at - interval '1 day' WHERE id = '${step.windowId}'`,
  ])
    await expect(rawSql(database.ownerUrl, statement)).rejects.toThrow(/append-only|is closed/);
});

test('a snapshot is taken once a day, and trends compare with the last', async () => {
  const { program, ben, step } = await season();
  const { db } = program;
  const trends = () =>
    db.boardTrend.findMany({ where: { windowId: step.windowId }, orderBy: { rank: 'asc' } });
  await activities.snapshotStandings({ now_ms: at(4).getTime() });
  const first = await trends();
  expect(first.map(({ takenAt }) => takenAt)).toEqual([at(4), at(4), at(4)]);
  for (const friend of ['b2', 'b3']) {
    await program.signUp(friend, { code: ben.code }, { at: at(4) });
    await program.act(friend, { at: at(4) });
  }
  await activities.snapshotStandings({ now_ms: at(4).getTime() + DAY_MS / 2 });
  expect(await trends()).toEqual(first);
  const last = { windowId: step.windowId, memberId: first.at(-1)?.memberId ?? '' };
  await db.boardScore.updateMany({ where: last, data: { score: 0n } });
  await activities.snapshotStandings({ now_ms: at(5).getTime() });
  const second = await trends();
  expect(second[0]).toMatchObject({ memberId: ben.id, rank: 1n, takenAt: at(5) });
  expect(second.map(({ memberId }) => memberId)).not.toContain(last.memberId);
});
