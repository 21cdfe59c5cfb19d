import { isCountedEach, isOfCountedPlace, needsCount } from '../../domain/referrals/counts.ts';
import { isNumbered, isOfNumberedPlace } from '../../domain/referrals/numbers.ts';
import { isCounted } from '../../domain/referrals/referral.ts';
import { type Reversal, reverseWhole } from '../../domain/referrals/refund.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { type RewardMoment, reaches } from '../../domain/rewards/rewards.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, readNumbered } from './actions.ts';
import { type AskedBefore, readAsked } from './asked.ts';
import { othersBefore, ownCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { actionFacts, grantLate } from './late-rewards.ts';
import { refundFacts } from './refund-facts.ts';
import { reverseRewards } from './reverse.ts';
import type { NewReward } from './reward-row.ts';
import { type GrantedRewards, joinGranted, NOTHING_GRANTED } from './rewards.ts';

/**
 * Most answers of rules that one event turns round, those on the earliest actions first; a command goes on
 * with the rest. Each may cost a dozen statements, and only a condition such as `event.ordinal % 2 == 0`
 * turns round more than two.
 */
export const TURNS_MAX = 200;

/** A rule that answers to an action by its new numbers and did not by those before, or the other way. */
interface Turn {
  readonly action: Action;
  readonly rule: Rule;
  readonly moment: RewardMoment;
  readonly earns: boolean;
}

/** What is turned round for actions whose numbers have moved. */
export interface RankShift {
  readonly turns: readonly Turn[];
  /** How many more there are, which a command turns round. */
  readonly left: number;
}

export const NO_SHIFT: RankShift = { turns: [], left: 0 };

/**
 * Numbers go by the actions' own times, so one that comes late moves those after it up by one. An action that
 * a rule does not reach any more by its number loses what it brought, and one that it reaches now earns it.
 * `ordinal` is the new action's number; `keepsPlace`: what qualified the referral still does, so rules on
 * that are asked too.
 */
export async function readShift(
  tx: Tx,
  event: LockedEvent,
  ordinal: number,
  keepsPlace: boolean,
): Promise<RankShift> {
  const { policy, referral, type, ref } = event;
  const ofEach = policy.rules.filter((rule) => isNumbered(rule, type));
  const isPlaced = keepsPlace && isCounted(referral.stage) && type === policy.qualification.event;
  const ofPlace = isPlaced ? policy.rules.filter(isOfNumberedPlace) : [];
  if (ofEach.length + ofPlace.length === 0) return NO_SHIFT;
  const moved = await readNumbered(tx, event, ordinal, { onlyMoved: true });
  if (moved.length === 0) return NO_SHIFT;
  const asked = await readAsked(tx, ref);
  // Whoever is asked by one of its numbers is asked by both, since the other may have moved as well.
  const counted = policy.rules.filter((rule) => isCountedEach(rule, type) && !ofEach.includes(rule));
  const placed = policy.rules.filter((rule) => isOfCountedPlace(rule) && !ofPlace.includes(rule));
  return cutShift(
    event,
    moved.map((action) => {
      const isPlace = isPlaced && action.id === referral.qualifyingEventId;
      const rules = { ofEach: [...ofEach, ...counted], ofPlace: isPlace ? [...ofPlace, ...placed] : [] };
      return turnsOf(event, action, rules, asked.get(action.id), action.ordinal - 1);
    }),
  );
}

/**
 * What has been left to turn round, and what the referrer's count turns round, since it has moved at the
 * times of actions. `keepsPlace` as above.
 */
export function shiftOfCounts(
  event: LockedEvent,
  actions: readonly Action[],
  asked: ReadonlyMap<string, AskedBefore>,
  keepsPlace: boolean,
): RankShift {
  const { rules } = event.policy;
  return cutShift(
    event,
    actions.flatMap((action) => {
      const before = asked.get(action.id);
      if (before === undefined) return [];
      const isLeft = before.ordinal !== null;
      const isEach = (rule: Rule) =>
        isCountedEach(rule, action.type) || (isLeft && isNumbered(rule, action.type));
      const isOfPlace = (rule: Rule) => isOfCountedPlace(rule) || (isLeft && isOfNumberedPlace(rule));
      const isPlace = keepsPlace && action.id === event.referral.qualifyingEventId;
      const ofPlace = isPlace && isCounted(event.referral.stage) ? rules.filter(isOfPlace) : [];
      return turnsOf(event, action, { ofEach: rules.filter(isEach), ofPlace }, before, action.ordinal);
    }),
  );
}

/** What an action's numbers turn round, and by which numbers its answers were. */
interface TurnsOfAction {
  readonly action: Action;
  readonly turns: readonly Turn[];
  readonly ordinal: number;
  readonly isOfPlace: boolean;
  /** Whether it is on record by which numbers they were. */
  readonly isKnown: boolean;
}

function turnsOf(
  event: LockedEvent,
  action: Action,
  { ofEach, ofPlace }: { readonly ofEach: readonly Rule[]; readonly ofPlace: readonly Rule[] },
  before: AskedBefore | undefined,
  number: number,
): TurnsOfAction {
  const ordinal = before?.ordinal ?? number;
  const turned = (rules: readonly Rule[], moment: RewardMoment) => {
    const facts = actionFacts(event, action, moment);
    const then = { ...facts, eventOrdinal: ordinal, countThen: countBefore(facts, moment, before) };
    return rules
      .map((rule) => ({ action, rule, moment, earns: reaches(rule, moment, facts) }))
      .filter(({ rule, earns }) => earns !== reaches(rule, moment, then));
  };
  const turns = [...turned(ofEach, 'event'), ...turned(ofPlace, 'qualified')];
  return { action, turns, ordinal, isOfPlace: ofPlace.length > 0, isKnown: before !== undefined };
}

/** The count by which the rules answered at that moment; as now where that is not on record. */
function countBefore(
  { countThen }: RewardFacts,
  moment: RewardMoment,
  before: AskedBefore | undefined,
): number | undefined {
  if (countThen === undefined || before === undefined) return countThen;
  const { others, own, place } = before;
  if (moment === 'qualified') return place === null ? countThen : place + 1;
  return others === null ? countThen : others + (own === true ? 1 : 0);
}

/** As many actions as may be turned round at once, and notes of all by which numbers their answers are. */
function cutShift(event: LockedEvent, all: readonly TurnsOfAction[]): RankShift {
  const { asked, counts, policy } = event;
  const turns: Turn[] = [];
  let left = 0;
  for (const { action, turns: own, ordinal, isOfPlace, isKnown } of all) {
    const { id, occurred_at_ms: at_ms } = action;
    if (left > 0 || turns.length + own.length > TURNS_MAX) {
      left += own.length;
      if (ordinal !== action.ordinal) asked.push({ id, at_ms, ordinal });
      continue;
    }
    turns.push(...own);
    const others = counts === null ? undefined : othersBefore(counts, id);
    if (!isKnown && !needsCount(policy, action.type)) continue;
    const place = isOfPlace ? others : undefined;
    asked.push({ id, at_ms, others, own: ownCounts(event, id), place, ordinal: 0 });
  }
  return { turns, left };
}

/** Takes back what actions brought by numbers that they have no longer. */
export async function loseRanks(tx: Tx, event: LockedEvent, { turns }: RankShift): Promise<Reversal[]> {
  const all: Reversal[] = [];
  for (const [action, rules] of byAction(turns.filter(({ earns }) => !earns))) {
    const rewards = (await rewardsOf(tx, event, action)).filter(({ rule: { id } }) => rules.has(id));
    const reversals = reverseWhole(rewards);
    await reverseRewards(tx, event, { rewards, milestoneRewards: [] }, { reversals });
    all.push(...reversals);
  }
  return all;
}

/**
 * Grants what actions earn by the numbers that they have now, unless they have it already, as from before
 * numbers moved. `own` is what the event itself has been granted. Returns rows and messages, which the caller
 * writes.
 */
export async function earnRanks(
  tx: Tx,
  event: LockedEvent,
  { turns }: RankShift,
  own: readonly NewReward[],
): Promise<GrantedRewards> {
  let all = NOTHING_GRANTED;
  for (const [action, rules] of byAction(turns.filter(({ earns }) => earns))) {
    if (isGone(action)) continue;
    const standing = (await rewardsOf(tx, event, action)).filter(({ status }) => status !== 'reversed');
    for (const { rule } of standing) rules.delete(rule.id);
    for (const moment of ['qualified', 'event'] as const) {
      const wanted = [...rules.values()].filter((turn) => turn.moment === moment).map(({ rule }) => rule);
      if (wanted.length === 0) continue;
      const before = [...own, ...all.rows];
      const late = { rules: wanted, moment, anewBy: event.cause, before };
      all = joinGranted([all, await grantLate(tx, event, action, late)]);
    }
  }
  return all;
}

const rewardsOf = async (tx: Tx, event: LockedEvent, action: Action) =>
  (await refundFacts(tx, event, action, false)).rewards;

/** Turns by their action, and for each by the rule's id. */
function byAction(turns: readonly Turn[]): ReadonlyMap<Action, Map<string, Turn>> {
  const all = new Map<Action, Map<string, Turn>>();
  for (const turn of turns) {
    const rules = all.get(turn.action) ?? new Map<string, Turn>();
    all.set(turn.action, rules.set(turn.rule.id, turn));
  }
  return all;
}
