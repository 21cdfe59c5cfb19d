import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, type History, histories, inOrder, weights } from '../../tests/support/histories.ts';
import { seedBoard } from '../../tests/support/leaderboards.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';

/** In whatever order a member's actions and refunds come, achievements and what they bring end the same. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const sum = { kind: 'sum', event: 'purchase', at_least: usd(4_000n), days: 5 } as const;
const streak = { kind: 'streak', event: 'purchase', by: 'day', length: 2 } as const;
const points = (by: number) => ({ kind: 'points', points: by }) as const;
const credit = { kind: 'credit', amount: usd(300n) } as const;
const badge = { kind: 'badge', label: 'It' } as const;

const achievement = (
  id: string,
  of: AchievementRule['test'],
  benefit: AchievementRule['benefit'],
  repeatable = true,
): AchievementRule => ({ id, name: id, test: of, benefit, repeatable });

const ACHIEVEMENTS: readonly AchievementRule[] = [
  achievement('sum', sum, points(1_000), false),
  achievement('sums', sum, points(200)),
  achievement('streak', streak, points(30), false),
  achievement('streaks', streak, points(4)),
  achievement('weeks', { ...streak, by: 'week' }, credit),
  achievement('spent', sum, credit),
  achievement('row', { ...streak, length: 3 }, badge, false),
  achievement('second', { kind: 'nth', event: 'purchase', count: 2 }, points(11), false),
  achievement('seconds', { kind: 'nth', event: 'purchase', count: 2 }, points(17)),
  achievement('ever', { kind: 'first', event: 'purchase', within: 'member' }, points(9_000), false),
];

const choices = fc.subarray([...ACHIEVEMENTS], { minLength: 3 });

interface Step {
  readonly type: 'purchase' | 'refund';
  readonly key: string;
  readonly day: number;
  readonly minor: bigint | null;
  readonly of?: string;
}

const arrivalsOf = ({ purchases, refunds }: History): Arrival<Step>[] => [
  ...purchases.map(({ key, day, minor }) => ({
    ...{ step: { type: 'purchase', key, day, minor } as const, key, after: null },
  })),
  ...refunds.map(({ key, of, minor }) => ({
    ...{ step: { type: 'refund', key, day: 24, minor, of } as const, key, after: of },
  })),
];

/** Plays what comes in this order, in batches of these sizes. */
async function played(
  steps: readonly Step[],
  achievements: readonly AchievementRule[],
  sizes: readonly number[],
) {
  const program = await playProgram(database, activities, pointsPolicy({ rules: [], achievements }));
  const { db, id: programId } = program;
  for (const period of ['week', 'month', 'all_time'] as const)
    await seedBoard(db, programId, period, 'points');
  const { id } = await program.member('ann');
  const left = [...steps];
  for (const size of [...sizes, left.length]) {
    for (const { type, key, day, minor, of } of left.splice(0, size)) {
      await seedEvent(db, programId, {
        ...{ type, key, subject: 'ann', at: at(day), workflowId: `member-${id}` },
        ...(minor !== null && { value: usd(minor) }),
        ...(of !== undefined && { refundOf: of }),
      });
    }
    await count(program, id, undefined, at(25).getTime());
  }
  return await standing(program, id);
}

async function standing(program: ProgramPlay, memberId: string) {
  const { db, id: programId } = program;
  const stands = { programId, status: { not: 'reversed' as const } };
  const [windows, scores, awards, rewards, events, postings] = await Promise.all([
    db.boardWindow.findMany({ where: { programId } }),
    db.boardScore.findMany({ where: { programId, score: { not: 0 } } }),
    db.achievementAward.findMany({ where: { programId, status: { not: 'reversed' } } }),
    db.reward.findMany({ where: stands }),
    db.event.findMany({ where: { programId } }),
    db.pointPosting.findMany({ where: { programId, source: 'achievement' } }),
  ]);
  const keyOf = (eventId: string | null) => events.find(({ id }) => id === eventId)?.key;
  const line = (id: string, eventId: string | null, ...times: readonly Date[]) =>
    `${id} ${keyOf(eventId)} ${times.map((time) => time.toISOString()).join(' ')}`;
  const earnedBy = (trace: unknown) => (trace as { readonly eventId: string }).eventId;
  return {
    points: await pointsOf(program, memberId),
    // An account of nothing may be there or not.
    balances: (await balancesOf(db, programId, memberId, at(30))).filter(
      ({ available_minor, pending_minor, owed_minor }) => available_minor + pending_minor + owed_minor > 0n,
    ),
    awards: awards.map((it) => line(it.achievement, it.eventId, it.fromAt, it.reachedAt)).sort(),
    rewards: rewards.map((it) => line(it.ruleId, earnedBy(it.trace), it.grantedAt, it.maturesAt)).sort(),
    postings: postings
      .filter(({ amountMinor, reversedMinor }) => reversedMinor < amountMinor)
      .map((it) => line(it.ruleId ?? '', it.eventId, it.occurredAt))
      .sort(),
    boards: scores
      .map(({ windowId, score }) => `${windows.find(({ id }) => id === windowId)?.key} ${score}`)
      .sort(),
  };
}

test('any order of actions, refunds and their refunds, in any batches, ends in the same awards', async () => {
  const batches = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      histories(7),
      choices,
      fc.tuple(weights, weights),
      fc.tuple(batches, batches),
      async (history, achievements, [one, other], [some, others]) => {
        const arrivals = arrivalsOf(history);
        const first = await played(inOrder(arrivals, one), achievements, some);
        expect(await played(inOrder(arrivals, other), achievements, others)).toEqual(first);
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
}, 600_000);
