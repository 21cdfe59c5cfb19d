import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { setBudget } from '../../ledger/post.ts';
import { nameId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram, tellMember } from '../../tests/support/engage.ts';
import { startEngine, useEngine } from '../../tests/support/engine.ts';
import { handOver } from '../../tests/support/hand-over.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../../tests/support/milestones.ts';
import { scheduleRuns } from '../../tests/support/schedule-runs.ts';
import { publishPolicy, usd } from '../../tests/support/seed.ts';
import type { MilestonesRun } from './schedule.ts';

const database = useDatabase({ isProved: true });
const engine = useEngine({ database, server: 'skipping', pump: false });

const { start, resultsOf, run: sweep } = scheduleRuns<MilestonesRun>(engine, 'milestones');

/** A program without milestones in which Ann brought two friends, before a policy with them is published. */
async function open(policy = milestonePolicy([testMilestone()])) {
  const play = await playMilestones(database, engine.activities, milestonePolicy([]));
  await play.bring(2);
  return { ...play, publish: () => publishPolicy(play.program.db, play.program.id, policy, 2) };
}

/** Members who brought friends, long ago and without a workflow that noticed. */
async function crowd(programId: string, count: number, qualifiedReferrals: number): Promise<void> {
  const data = Array.from({ length: count }, (_, index) => {
    const name = `crowd-${qualifiedReferrals}-${index}`;
    const id = nameId('member', programId, name);
    return { programId, id, externalId: name, referralCode: id, qualifiedReferrals };
  });
  await database.db.member.createMany({ data });
}

test('what was reached before its milestone was published is awarded by the next sweep, once', async () => {
  const { program, ann, awards, publish } = await open();
  expect(await sweep()).toMatchObject({ awarded: 0 });
  await publish();
  expect(await sweep()).toMatchObject({ awarded: 1, waiting: 0, reversed: 0, failed: 0 });
  expect(await sweep()).toMatchObject({ awarded: 0, waiting: 0 });
  expect(await awards()).toMatchObject([{ step: '2', status: 'awarded', policyVersion: 2 }]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('every member of a long list is awarded once, page by page, whoever else sweeps or awards', async () => {
  const { program, publish } = await open();
  await crowd(program.id, 600, 1);
  await crowd(program.id, 90, 2);
  await publish();
  const sweeps = [await start(), await start()];
  const members = await program.db.member.findMany({
    where: { programId: program.id, qualifiedReferrals: 2 },
  });
  const now_ms = Date.now();
  for (const { id } of members.slice(0, 30)) {
    await engine.activities.awardMilestones({ programId: program.id, memberId: id, now_ms });
  }
  await resultsOf(sweeps);
  const awards = await program.db.milestoneAward.findMany({ where: { programId: program.id } });
  expect(new Set(awards.map(({ memberId }) => memberId)).size).toBe(91);
  expect(awards).toHaveLength(91);
  expect(await program.db.reward.count({ where: { programId: program.id, source: 'milestone' } })).toBe(91);
});

test('a sweep and the member’s own workflow at once award once', async () => {
  const { program, ann, awards, publish } = await open();
  await engageProgram(program.db, program.id);
  await publish();
  await tellMember(program.db, program.id, ann.id, 'news');
  const told = await program.db.event.findMany({ where: { programId: program.id, type: 'member.told' } });
  const deliveries = told.map(({ id, type }) => ({ eventId: id, type }));
  const [own] = await Promise.all([
    handOver(engine, program.id, `member-${ann.id}`, deliveries),
    start().then((swept) => resultsOf([swept])),
  ]);
  await own.result();
  expect(await awards()).toHaveLength(1);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('a sweep fails as unpaid while the budget has no room, and a later one pays what waits', async () => {
  const { program, ann, awards, publish } = await open(
    milestonePolicy([testMilestone()], { budget: usd(499n) }),
  );
  await publish();
  const failure = await sweep().catch((error: unknown) => error);
  expect(failure instanceof WorkflowFailedError && failure.cause).toMatchObject({ type: 'Unpaid' });
  expect(await awards()).toMatchObject([{ status: 'waiting', reason: 'budget_exhausted' }]);
  await program.db.$transaction((tx) => setBudget(tx, program.id, 'USD', 500n));
  expect(await sweep()).toMatchObject({ awarded: 1, waiting: 0 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('a sweep with a long history goes on as new where it was, and counts over all its runs', async () => {
  const dev = await startEngine({ database, server: 'dev', pump: false, continueAsNewAfter: 12 });
  try {
    const { program, publish } = await open();
    await crowd(program.id, 1_200, 1);
    await publish();
    const scanned = await database.db.member.count();
    const handle = await start(dev);
    const first = (await handle.describe()).runId;
    const result = await handle.result();
    expect(result).toMatchObject({ scanned, awarded: 1 });
    expect((await dev.client.workflow.getHandle(handle.workflowId).describe()).runId).not.toBe(first);
  } finally {
    await dev.close();
  }
});
