import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AchievementRule, PointRule } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, type History, histories, inOrder, weights } from '../../tests/support/histories.ts';
import { seedBoard } from '../../tests/support/leaderboards.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';

/** In whatever order members' actions and refunds come, points that hang on numbers end the same. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const byValue = { kind: 'per_value', points: 3, per: usd(100n), rounding: 'half_up' } as const;
const rule = (id: string, condition: string | null, changes: Partial<PointRule> = {}) =>
  pointRule({ id, event: 'purchase', condition, ...changes });

const RULES: readonly PointRule[] = [
  rule('each', null, { award: byValue }),
  rule('first', 'event.ordinal == 1', { award: { kind: 'fixed', points: 1_000 } }),
  rule('even', 'event.ordinal % 2 == 0', { award: byValue }),
  rule('mentor', 'event.ordinal <= 2', { recipient: 'referrer', award: { kind: 'fixed', points: 7 } }),
  rule('large', 'event.ordinal != 3 || event.value >= 2000', { award: { kind: 'fixed', points: 41 } }),
  rule('named', 'event.ordinal >= 2 && event.properties.size == "large"'),
];

const achievement = (id: string, test: AchievementRule['test'], repeatable: boolean): AchievementRule => ({
  ...{ id, name: id, test, repeatable },
  benefit: { kind: 'badge', label: id },
});

const policies = fc
  .subarray([...RULES], { minLength: 1 })
  .filter((rules) => rules.some(({ condition }) => condition !== null))
  .map((rules) =>
    pointsPolicy({
      rules,
      achievements: [
        achievement('each', { kind: 'nth', event: 'purchase', count: 1 }, true),
        achievement('twice', { kind: 'nth', event: 'purchase', count: 2 }, false),
        achievement('ever', { kind: 'first', event: 'purchase', within: 'member' }, false),
      ],
    }),
  );
type Policy = typeof policies extends fc.Arbitrary<infer P> ? P : never;

const FRIENDS = ['bob', 'cat'] as const;

interface Step {
  readonly subject: string;
  readonly type: 'purchase' | 'refund';
  readonly key: string;
  readonly day: number;
  readonly minor: bigint | null;
  readonly of?: string;
}

function arrivalsOf(subject: string, { purchases, refunds }: History): Arrival<Step>[] {
  const named = (key: string) => `${subject}:${key}`;
  return [
    ...purchases.map(({ key, day, minor }) => ({
      step: { subject, type: 'purchase', key: named(key), day, minor } as const,
      key: named(key),
      after: null,
    })),
    ...refunds.map(({ key, of, minor }) => ({
      step: { subject, type: 'refund', key: named(key), day: 24, minor, of: named(of) } as const,
      key: named(key),
      after: named(of),
    })),
  ];
}

/** Plays what comes in this order, in batches of these sizes. */
async function played(steps: readonly Step[], policy: Policy, sizes: readonly number[]) {
  const program = await playProgram(database, activities, policy);
  const { db, id: programId } = program;
  for (const period of ['week', 'all_time'] as const) await seedBoard(db, programId, period, 'points');
  const ann = await program.member('ann');
  for (const friend of FRIENDS) await program.signUp(friend, { code: ann.code }, { at: at(0) });
  const left = [...steps];
  for (const size of [...sizes, left.length]) {
    for (const step of left.splice(0, size)) await store(program, step);
    for (const { id } of await db.member.findMany({ where: { programId } })) {
      await count(program, id, undefined, at(25).getTime());
    }
  }
  return await standing(program);
}

async function store({ db, id: programId }: ProgramPlay, step: Step): Promise<void> {
  const { subject, type, key, day, minor, of } = step;
  const member = await db.member.findFirstOrThrow({ where: { programId, externalId: subject } });
  await seedEvent(db, programId, {
    ...{ type, key, subject, at: at(day), workflowId: `member-${member.id}` },
    ...(type === 'purchase' && { payload: { properties: { size: day % 3 === 0 ? 'small' : 'large' } } }),
    ...(minor !== null && { value: usd(minor) }),
    ...(of !== undefined && { refundOf: of }),
  });
}

async function standing(program: ProgramPlay) {
  const { db, id: programId } = program;
  const where = { programId };
  const members = await db.member.findMany({ where, orderBy: { externalId: 'asc' } });
  const nameOf = (id: string) => members.find((it) => it.id === id)?.externalId;
  const windows = await db.boardWindow.findMany({ where, orderBy: { key: 'asc' } });
  const scores = await db.boardScore.findMany({ where: { programId, score: { not: 0 } } });
  const awards = await db.achievementAward.findMany({ where: { programId, status: { not: 'reversed' } } });
  return {
    points: await Promise.all(members.map(({ id }) => pointsOf(program, id))),
    balances: await Promise.all(members.map(({ id }) => program.balance(id, at(30)))),
    awards: awards.map(({ memberId, achievement: of }) => `${nameOf(memberId)} ${of}`).sort(),
    boards: windows.flatMap(({ id, key }) =>
      scores
        .filter(({ windowId }) => windowId === id)
        .map(({ memberId, score }) => `${key} ${nameOf(memberId)} ${score}`)
        .sort(),
    ),
  };
}

test('any order of actions, refunds and their refunds, in any batches, ends the same', async () => {
  const each = fc.tuple(histories(5), histories(3));
  const batches = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      each,
      policies,
      fc.tuple(weights, weights),
      fc.tuple(batches, batches),
      async ([bob, cat], policy, [one, other], [some, others]) => {
        const arrivals = [...arrivalsOf('bob', bob), ...arrivalsOf('cat', cat)];
        const first = await played(inOrder(arrivals, one), policy, some);
        expect(await played(inOrder(arrivals, other), policy, others)).toEqual(first);
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
}, 600_000);
