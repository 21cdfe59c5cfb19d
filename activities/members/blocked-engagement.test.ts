import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, seedSeason } from '../../tests/support/leaderboards.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../../tests/support/milestones.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { doAct, pointsPolicy } from '../../tests/support/points.ts';
import { fixedPolicy } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** Sets a member's block as a step leaves it. */
const setBlock = ({ db, id: programId }: ProgramPlay, memberId: string, isBlocked: boolean) =>
  db.member.update({
    where: { programId_id: { programId, id: memberId } },
    data: { blockedAt: isBlocked ? at(0) : null, blockedReason: isBlocked ? 'A reason.' : null },
  });

test('a milestone that is reached during a block waits for its end, and is awarded then, once', async () => {
  const play = await playMilestones(database, activities, milestonePolicy([testMilestone()]));
  await setBlock(play.program, play.ann.id, true);
  await play.bring(2);
  const ref = { ...play.ref, now_ms: at(1).getTime() };
  expect(await activities.awardMilestones(ref)).toEqual({ due_at_ms: null });
  expect(await play.awards()).toEqual([]);
  await setBlock(play.program, play.ann.id, false);
  for (let time = 0; time < 2; time += 1) await activities.awardMilestones(ref);
  expect(await play.awards()).toMatchObject([{ status: 'awarded' }]);
  expect(await play.program.balance(play.ann.id)).toMatchObject({ available_minor: 500n });
});

test('a blocked member gets no points, and keeps an achievement whose benefit is refused', async () => {
  const achievement = {
    id: 'first',
    name: 'First',
    test: { kind: 'nth', event: 'contribution', count: 1 },
    benefit: { kind: 'points', points: 50 },
    repeatable: false,
  } as const;
  const program = await playProgram(database, activities, pointsPolicy({ achievements: [achievement] }));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  await setBlock(program, ann.id, true);
  const { outcome } = await doAct(program, ann);
  expect(outcome).toMatchObject({ points: [{ granted: false, code: 'member_blocked' }] });
  expect(await program.db.pointPosting.count({ where: { programId: program.id } })).toBe(0);
  const award = await program.db.achievementAward.findFirstOrThrow({ where: { programId: program.id } });
  expect(award).toMatchObject({ status: 'refused', code: 'member_blocked' });
});

test('the prize of a blocked winner goes to nobody, and the season is awarded all the same', async () => {
  const program = await playProgram(database, activities, fixedPolicy(100n, 0));
  const boardId = await seedBoard(program.db, program.id, 'season');
  const prize = { from_rank: 1, to_rank: 2, kind: 'badge', label: 'Champion', amount: null } as const;
  const season = { startsAt: at(0), endsAt: at(10), prizes: [prize] };
  const windowId = await seedSeason(program.db, program.id, boardId, season);
  const [ann, ben] = [await program.member('ann'), await program.member('ben')];
  for (const [{ code }, friend] of [[ann, 'a1'] as const, [ben, 'b1'] as const]) {
    await program.signUp(friend, { code }, { at: at(1) });
    await program.act(friend, { at: at(1) });
  }
  await setBlock(program, ann.id, true);
  const step = { programId: program.id, windowId, now_ms: at(11).getTime() };
  await activities.closeWindow(step);
  await activities.freezeSeason(step);
  expect(await activities.awardSeason(step)).toEqual({ awarded: 1, unpaid: 0 });
  const awards = await program.db.seasonAward.findMany({ where: { programId: program.id } });
  expect(awards.map(({ memberId }) => memberId)).toEqual([ben.id]);
});
