import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { money } from '../money.ts';
import {
  type AwardFact,
  decideMilestones,
  type MilestoneDecision,
  type MilestoneFacts,
} from './milestones.ts';
import type { Milestone } from './policy.ts';
import { MILESTONE_REPEATS_MAX, nextStep, reachedSteps } from './steps.ts';

const BADGE = { kind: 'badge', label: 'Connector' } as const;

const ladder = (
  at: readonly number[],
  every: number | null,
  reversible = false,
  id = 'ladder',
): Milestone => ({
  id,
  name: 'Ladder',
  recipient: 'referrer',
  measure: 'qualified_referrals',
  thresholds: at.map((count) => ({ at: count, benefit: BADGE })),
  repeat: every === null ? 'once' : { every },
  hold_days: 0,
  expires_days: null,
  reversible,
});

const factsOf = (count: number): MilestoneFacts => ({ qualified_referrals: count, revenue: {}, points: {} });

const recordOf = ({ milestone, step, at, unit, nth }: MilestoneDecision): AwardFact => ({
  milestoneId: milestone.id,
  step,
  at,
  unit,
  nth,
  status: 'awarded',
});

/** The record after decisions, as the database keeps it. */
function keep(awards: readonly AwardFact[], decisions: readonly MilestoneDecision[]): AwardFact[] {
  const isLost = (award: AwardFact) =>
    decisions.some(
      (it) =>
        it.action === 'take_back' &&
        it.milestone.id === award.milestoneId &&
        it.step === award.step &&
        it.nth === award.nth,
    );
  return [
    ...awards.map((award) => (isLost(award) ? { ...award, status: 'reversed' as const } : award)),
    ...decisions.filter(({ action }) => action === 'award').map(recordOf),
  ];
}

/** Plays counts one after the other and gives all that is on record in the end. */
function play(milestones: readonly Milestone[], counts: readonly number[]): AwardFact[] {
  return counts.reduce<AwardFact[]>(
    (awards, count) => keep(awards, decideMilestones(milestones, factsOf(count), awards)),
    [],
  );
}

const standing = (awards: readonly AwardFact[]) =>
  awards
    .filter(({ status }) => status !== 'reversed')
    .map(({ at }) => Number(at))
    .sort((a, b) => a - b);

const rising = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 })
  .map((at) => at.sort((a, b) => a - b));
const every = fc.option(fc.integer({ min: 1, max: 20 }));
const counts = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 12 });

describe('steps', () => {
  it.each<[number, readonly number[], number | null, readonly number[], number | null]>([
    [2, [3, 5], null, [], 3],
    [3, [3, 5], null, [3], 5],
    [9, [3, 5], null, [3, 5], null],
    [9, [3, 5], 10, [3, 5], 15],
    [15, [3, 5], 10, [3, 5, 15], 25],
    [34, [3, 5], 10, [3, 5, 15, 25], 35],
  ])(
    'at a count of %i of %j and each further %j are %j, and next is %j',
    (count, at, again, reached, next) => {
      const milestone = ladder(at, again);
      expect(reachedSteps(milestone, BigInt(count)).map((it) => Number(it.at))).toEqual(reached);
      expect(nextStep(milestone, BigInt(count))?.at ?? null).toBe(next === null ? null : BigInt(next));
    },
  );

  it('repeat a thousand times at most', () => {
    const milestone = ladder([1], 1);
    expect(reachedSteps(milestone, 10n ** 15n)).toHaveLength(1 + MILESTONE_REPEATS_MAX);
    expect(nextStep(milestone, BigInt(1 + MILESTONE_REPEATS_MAX))).toBeNull();
    expect(nextStep(milestone, BigInt(MILESTONE_REPEATS_MAX))?.at).toBe(BigInt(1 + MILESTONE_REPEATS_MAX));
  });

  it('of revenue and points are counted in their own unit alone', () => {
    const revenue: Milestone = {
      ...ladder([1], null),
      recipient: 'referrer',
      measure: 'revenue',
      thresholds: [{ at: money(1_000n, 'USD'), benefit: BADGE }],
      repeat: 'once',
    };
    const facts = { qualified_referrals: 9, revenue: { EUR: 5_000n, USD: 999n }, points: { USD: 9_999n } };
    expect(decideMilestones([revenue], facts, [])).toEqual([]);
    const enough = { ...facts, revenue: { USD: 1_000n } };
    expect(decideMilestones([revenue], enough, [])).toMatchObject([
      { action: 'award', step: '1000-USD', nth: 1 },
    ]);
  });

  it('that are put in later are awarded without those that were awarded before', () => {
    const before = play([ladder([5, 10], null)], [12]);
    const decisions = decideMilestones([ladder([3, 5, 7, 10], null)], factsOf(12), before);
    expect(decisions.map(({ at }) => Number(at))).toEqual([3, 7]);
  });
});

describe('any course of counts', () => {
  it('awards each step of a kept milestone once for ever: all up to the highest count there ever was', () => {
    fc.assert(
      fc.property(rising, every, counts, (at, again, course) => {
        const milestone = ladder(at, again);
        const awards = play([milestone], course);
        expect(standing(awards)).toEqual(
          reachedSteps(milestone, BigInt(Math.max(...course))).map((step) => Number(step.at)),
        );
        expect(new Set(awards.map(({ step }) => step)).size).toBe(awards.length);
      }),
    );
  });

  it('leaves a reversible milestone awarded exactly as far as the count now reaches', () => {
    fc.assert(
      fc.property(rising, every, counts, (at, again, course) => {
        const milestone = ladder(at, again, true);
        const awards = play([milestone], course);
        expect(standing(awards)).toEqual(
          reachedSteps(milestone, BigInt(course.at(-1) ?? 0)).map((step) => Number(step.at)),
        );
        expect(new Set(awards.map(({ step, nth }) => `${step} ${nth}`)).size).toBe(awards.length);
      }),
    );
  });

  it('leads to nothing more when it is decided again', () => {
    fc.assert(
      fc.property(rising, every, fc.boolean(), counts, (at, again, reversible, course) => {
        const milestones = [ladder(at, again, reversible)];
        const awards = play(milestones, course);
        expect(decideMilestones(milestones, factsOf(course.at(-1) ?? 0), awards)).toEqual([]);
      }),
    );
  });

  it('comes to the same whatever the order of milestones and of the record', () => {
    fc.assert(
      fc.property(rising, rising, counts, (one, other, course) => {
        const milestones = [ladder(one, 3, true, 'one'), ladder(other, null, false, 'other')];
        const awards = play(milestones, course);
        const turned = play([...milestones].reverse(), course);
        const keys = (record: readonly AwardFact[]) =>
          record
            .map(({ milestoneId, step, nth, status }) => `${milestoneId} ${step} ${nth} ${status}`)
            .sort();
        expect(keys(turned)).toEqual(keys(awards));
        const now = factsOf(50);
        const again = (record: readonly AwardFact[]) =>
          decideMilestones(milestones, now, record).map(
            ({ action, step, nth }) => `${action} ${step} ${nth}`,
          );
        expect(again([...awards].reverse()).sort()).toEqual(again(awards).sort());
      }),
    );
  });

  it('awards a kept ladder in the same steps, however the count rose', () => {
    fc.assert(
      fc.property(rising, every, counts, (at, again, course) => {
        const climbed = [...course].sort((a, b) => a - b);
        const milestone = ladder(at, again);
        expect(standing(play([milestone], climbed))).toEqual(
          standing(play([milestone], [climbed.at(-1) ?? 0])),
        );
      }),
    );
  });
});

it('a decision says why: the milestone as it was, the count, and the threshold', () => {
  const [decision] = decideMilestones([ladder([3], null)], factsOf(4), []);
  expect(decision?.trace).toMatchObject({
    rule: { id: 'ladder' },
    facts: { measure: 'qualified_referrals', value: 4n, unit: null },
    steps: [{ step: 'threshold_reached', passed: true, result: '3' }],
  });
});
