import { DAY_MS } from '../time.ts';
import {
  type AchievementFacts,
  type AwardSpan,
  amountsIn,
  type CountedAction,
  isSole,
  latestAward,
  periodOfAward,
} from './achievements.ts';
import type { AchievementRule, AchievementTest } from './policy.ts';
import { periodOf } from './streak.ts';

/** An award that follows from a member's actions, and the one by which it is complete. */
export interface DueAward<A extends CountedAction> {
  readonly span: AwardSpan;
  readonly action: A;
}

/** A member's actions, and the awards that rest on what happened before them. */
interface DueFacts<A extends CountedAction> {
  readonly zone: string;
  /** In the order of their own times. */
  readonly actions: readonly A[];
  readonly before: {
    /** Awards that were reached before the first of the actions that is to complete one. */
    readonly awards: number;
    /** When the latest of these was; minus infinity without any. */
    readonly latest_ms: number;
    /** Actions that count and happened before those given. */
    readonly actions: number;
  };
}

/** Whether an award may be complete by the action. */
type Completes<A> = (action: A) => boolean;

/**
 * The awards that follow from a member's actions, one after the other, each complete as early as it can be by
 * the actions' own times. A sum or a streak looks only at actions after the award before it, so the earliest
 * ends leave most for later ones: one action more never costs an award, and one less costs one at most.
 */
export function dueAwards<A extends CountedAction>(
  { test, repeatable }: Pick<AchievementRule, 'test' | 'repeatable'>,
  facts: DueFacts<A>,
  completes: Completes<A> = () => true,
): DueAward<A>[] {
  if (!repeatable && facts.before.awards > 0) return [];
  const due = dueBy(test, facts, completes);
  return repeatable ? due : due.slice(0, 1);
}

function dueBy<A extends CountedAction>(
  test: AchievementTest,
  facts: DueFacts<A>,
  completes: Completes<A>,
): DueAward<A>[] {
  switch (test.kind) {
    case 'nth':
      return dueCounts(test.count, facts, completes);
    case 'first':
      return dueCounts(1, facts, completes);
    case 'sum':
      return dueSums(test, facts, completes);
    case 'streak':
      return dueStreaks(test, facts, completes);
  }
}

/**
 * Decides whether the action that was just counted earns the achievement, as none that was counted happened
 * after it. Returns what the award rests on, or null for no award. An achievement that is not repeatable is
 * earned once, until that award is reversed.
 */
export function decideAward(
  rule: Pick<AchievementRule, 'test' | 'repeatable'>,
  { at_ms, zone, actions, count, awards, taken }: AchievementFacts,
): AwardSpan | null {
  if (isSole(rule.test) && taken) return null;
  const inOrder = actions.toSorted((a, b) => a.at_ms - b.at_ms);
  const own = inOrder.findLast((action) => action.at_ms === at_ms);
  const before = { awards: awards.length, latest_ms: latestAward(awards), actions: count - inOrder.length };
  const due = dueAwards(rule, { zone, actions: inOrder, before }, (action) => action === own);
  return due[0]?.span ?? null;
}

/** At each multiple of the count. */
function dueCounts<A extends CountedAction>(
  count: number,
  { zone, actions, before }: DueFacts<A>,
  completes: Completes<A>,
): DueAward<A>[] {
  const due: DueAward<A>[] = [];
  for (const [nth, action] of actions.entries()) {
    const reached = Math.floor((before.actions + nth + 1) / count);
    if (reached <= before.awards + due.length || !completes(action)) continue;
    due.push({ span: { from_ms: action.at_ms, reached_ms: action.at_ms, zone }, action });
  }
  return due;
}

/** Whenever the actions of the last `days` that no award rests on are worth enough. */
function dueSums<A extends CountedAction>(
  { at_least, days }: Extract<AchievementTest, { kind: 'sum' }>,
  { zone, actions, before }: DueFacts<A>,
  completes: Completes<A>,
): DueAward<A>[] {
  const due: DueAward<A>[] = [];
  const amounts = amountsIn(actions, at_least.unit);
  let since_ms = before.latest_ms;
  let sum_minor = 0n;
  let oldest = 0;
  for (const [nth, { action, minor }] of amounts.entries()) {
    const reached_ms = action.at_ms;
    sum_minor += minor;
    const from_ms = Math.max(since_ms, reached_ms - days * DAY_MS);
    for (const gone of amounts.slice(oldest, nth + 1)) {
      if (gone.action.at_ms > from_ms) break;
      sum_minor -= gone.minor;
      oldest += 1;
    }
    if (sum_minor < at_least.minor || !completes(action)) continue;
    due.push({ span: { from_ms: amounts[oldest]?.action.at_ms ?? reached_ms, reached_ms, zone }, action });
    since_ms = reached_ms;
  }
  return due;
}

/** By the action that is the first in the last of so many periods in a row that no award rests on. */
function dueStreaks<A extends CountedAction>(
  { by, length }: Extract<AchievementTest, { kind: 'streak' }>,
  { zone, actions, before }: DueFacts<A>,
  completes: Completes<A>,
): DueAward<A>[] {
  const due: DueAward<A>[] = [];
  let since = periodOfAward(before.latest_ms, zone, by);
  /** When the first action was, by the period: of those in a row until now. */
  let row: { readonly period: number; readonly at_ms: number }[] = [];
  const placed = actions.map((action) => ({ action, period: periodOf(action.at_ms, zone, by) }));
  for (const { action, period } of placed.toSorted((a, b) => a.period - b.period)) {
    if (period <= since) continue;
    const last = row.at(-1)?.period;
    if (last !== period) row = [...(last === period - 1 ? row : []), { period, at_ms: action.at_ms }];
    row = row.slice(-length);
    if (row.length < length || !completes(action)) continue;
    const [from, reached] = [row[0], row.at(-1)];
    due.push({
      span: { from_ms: from?.at_ms ?? action.at_ms, reached_ms: reached?.at_ms ?? action.at_ms, zone },
      action,
    });
    since = period;
    row = [];
  }
  return due;
}
