import { asksForNumber, asksForSignup, meetsCondition } from '../rules/condition.ts';
import { conditionFactsOf } from '../rules/facts.ts';
import { pointsFacts } from './count.ts';
import type { PointsFacts } from './facts.ts';
import { decidePoints, type PointsDecision } from './points.ts';
import type { PointRule, PointsPolicy } from './policy.ts';
import { factsSeen, type Seen } from './seen.ts';
import type { FreshGrant, MemberDeed, PointsTally } from './tally.ts';

/** An action that was counted, of which another event has moved what its rules see. */
export interface MovedDeed extends MemberDeed {
  /** By what its rules were asked, and what they see now. */
  readonly before: Seen;
  readonly now: Seen;
  /** By which its rules were asked; null: that version has no points. */
  readonly points: PointsPolicy | null;
}

/** A rule that answers to an action by what it sees now and did not before, or the other way. */
export interface Turn<D extends MovedDeed> {
  readonly deed: D;
  readonly rule: PointRule;
  readonly earns: boolean;
}

/** What moved actions turn round: of so many actions, the first. */
export interface TurnedRound<D extends MovedDeed> {
  readonly turns: readonly Turn<D>[];
  /** How many of the actions these are. */
  readonly actions: number;
}

/** Asks the rules on each action by what they saw and by what they see, until `max` answers are turned. */
export function turnsOf<D extends MovedDeed>(
  moved: readonly D[],
  tally: PointsTally,
  max: number,
): TurnedRound<D> {
  let turns: readonly Turn<D>[] = [];
  for (const [nth, deed] of moved.entries()) {
    const more = [...turns, ...turnsOfDeed(deed, tally)];
    if (more.length > max && nth > 0) return { turns, actions: nth };
    turns = more;
  }
  return { turns, actions: moved.length };
}

/** Whether what a rule answers may hang on what other events move. */
const isMovable = ({ recipient, condition }: PointRule): boolean =>
  recipient === 'referrer' || asksForNumber(condition) || asksForSignup(condition);

function turnsOfDeed<D extends MovedDeed>(deed: D, tally: PointsTally): Turn<D>[] {
  const { points, type, before, now } = deed;
  const rules = points?.rules.filter((rule) => rule.event === type && isMovable(rule));
  if (points === null || rules === undefined || rules.length === 0) return [];
  const facts = pointsFacts(points, deed, tally);
  const [seen, seenBefore] = [factsSeen(facts, now), factsSeen(facts, before)];
  return rules
    .map((rule) => ({ deed, rule, earns: reaches(rule, seen) }))
    .filter(({ rule, earns }) => earns !== reaches(rule, seenBefore));
}

/** Whether a rule grants somebody something by these facts, but for what it has granted before. */
function reaches({ recipient, condition }: PointRule, facts: PointsFacts): boolean {
  const { actorId: referredId, referrer } = facts;
  if (recipient === 'referrer' && referrer === null) return false;
  return (
    condition === null || meetsCondition(condition, conditionFactsOf(facts, { referredId, referrer }), '').ok
  );
}

/** What a rule answers to an action by what it sees now. */
export function decideMoved({ deed, rule }: Turn<MovedDeed>, tally: PointsTally): PointsDecision {
  const { points, now } = deed;
  if (points === null) throw new Error(`rule ${rule.id} is of a policy without points`);
  const facts = factsSeen(pointsFacts(points, deed, tally), now);
  const [decision] = decidePoints({ ...points, rules: [rule] }, facts);
  if (decision === undefined) throw new Error(`rule ${rule.id} does not answer to ${deed.type}`);
  return decision;
}

/** The tally once these were granted or taken back. */
export const withFresh = (tally: PointsTally, fresh: readonly FreshGrant[]): PointsTally => ({
  ...tally,
  fresh: [...tally.fresh, ...fresh],
});

/** What became of later actions, by the rule: of how many, and of how many points. */
export interface RuleChange {
  readonly ruleId: string;
  readonly events: number;
  readonly points: string;
}

/**
 * What a late action changed for those that happened after it, as its outcome says it. `refused`: what they
 * would earn by their new numbers, and why they do not.
 */
export interface NumberChanges {
  readonly taken: readonly RuleChange[];
  readonly granted: readonly RuleChange[];
  readonly refused: readonly (Omit<RuleChange, 'points'> & {
    readonly code: string;
    readonly message: string;
  })[];
}

export const NO_CHANGES: NumberChanges = { taken: [], granted: [], refused: [] };

/** Both together: one line for each rule. */
export const addChanges = (a: NumberChanges, b: NumberChanges): NumberChanges => ({
  taken: addUp([...a.taken, ...b.taken]),
  granted: addUp([...a.granted, ...b.granted]),
  refused: [...a.refused, ...b.refused].reduce<NumberChanges['refused']>((all, it) => {
    const same = all.find(({ ruleId, code }) => ruleId === it.ruleId && code === it.code);
    const others = all.filter((one) => one !== same);
    return [...others, { ...it, events: it.events + (same?.events ?? 0) }];
  }, []),
});

const addUp = (changes: readonly RuleChange[]): readonly RuleChange[] =>
  changes.reduce<readonly RuleChange[]>((all, it) => {
    const same = all.find(({ ruleId }) => ruleId === it.ruleId);
    const others = all.filter((one) => one !== same);
    const points = BigInt(it.points) + BigInt(same?.points ?? 0);
    return [...others, { ruleId: it.ruleId, events: it.events + (same?.events ?? 0), points: `${points}` }];
  }, []);
