import { DAY_MS } from '../time.ts';
import { type AchievementFacts, latestAward, periodOfAward, worthIn } from './achievements.ts';
import type { AchievementRule, AchievementTest } from './policy.ts';
import { liveRun, periodOf } from './streak.ts';

/**
 * How far a member has come towards the next award, in what the test counts: actions, minor units, or
 * periods.
 */
export interface AchievementProgress {
  readonly reached: bigint;
  readonly target: bigint;
  readonly unit: string;
}

type ProgressFacts = Omit<AchievementFacts, 'taken'>;

/**
 * How far a member has come at the moment `facts.at_ms`. `reached` is never above `target`, and equals it
 * while an achievement that does not repeat has its award.
 */
export function achievementProgress(
  { test, repeatable }: Pick<AchievementRule, 'test' | 'repeatable'>,
  facts: ProgressFacts,
): AchievementProgress {
  const { target, unit } = goalOf(test);
  const hasIt = facts.awards.length > 0 && (!repeatable || test.kind === 'first');
  const count = hasIt ? target : countTowards(test, facts);
  const isReached = count >= target;
  return { reached: isReached ? target : count, target, unit };
}

function goalOf(test: AchievementTest): Pick<AchievementProgress, 'target' | 'unit'> {
  switch (test.kind) {
    case 'nth':
      return { target: BigInt(test.count), unit: 'actions' };
    case 'first':
      return { target: 1n, unit: 'actions' };
    case 'sum':
      return { target: test.at_least.minor, unit: test.at_least.unit };
    case 'streak':
      return { target: BigInt(test.length), unit: `${test.by}s` };
  }
}

/** What counts towards the next award, which may be more than it takes. */
function countTowards(test: AchievementTest, facts: ProgressFacts): bigint {
  const { at_ms, zone, actions, count, awards } = facts;
  const since_ms = latestAward(awards);
  switch (test.kind) {
    case 'nth':
      return BigInt(Math.max(0, count - awards.length * test.count));
    case 'first':
      return 0n;
    case 'sum': {
      const from_ms = Math.max(since_ms, at_ms - test.days * DAY_MS);
      const recent = actions.filter((action) => action.at_ms > from_ms && action.at_ms <= at_ms);
      return worthIn(recent, test.at_least.unit);
    }
    case 'streak': {
      const since = periodOfAward(since_ms, zone, test.by);
      const periods = actions
        .map((action) => periodOf(action.at_ms, zone, test.by))
        .filter((period) => period > since);
      return BigInt(liveRun(periods, periodOf(at_ms, zone, test.by)));
    }
  }
}
