import { isNumbered, isOfNumberedPlace } from '../../domain/referrals/numbers.ts';
import { isCounted } from '../../domain/referrals/referral.ts';
import { type Reversal, reverseWhole } from '../../domain/referrals/refund.ts';
import { type RewardMoment, reaches } from '../../domain/rewards/rewards.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, readNumbered } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { actionFacts, grantLate } from './late-rewards.ts';
import { refundFacts } from './refund-facts.ts';
import { reverseRewards } from './reverse.ts';
import type { NewReward } from './reward-row.ts';
import { type GrantedRewards, joinGranted, NOTHING_GRANTED } from './rewards.ts';

/**
 * Most answers of rules that one late action turns round, those on the earliest actions first. Each may cost
 * a dozen statements, and only a condition such as `event.ordinal % 2 == 0` turns round more than two.
 */
export const TURNS_MAX = 200;

/** A rule that answers to an action by its new number and did not by the one before, or the other way. */
interface Turn {
  readonly action: Action;
  readonly rule: Rule;
  readonly moment: RewardMoment;
  readonly earns: boolean;
}

/** What an action that comes late turns round for those that happened after it. */
export interface RankShift {
  readonly turns: readonly Turn[];
  /** How many more there are, which stay as they are. */
  readonly left: number;
}

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
  const { policy, referral, type } = event;
  const ofEach = policy.rules.filter((rule) => isNumbered(rule, type));
  const isPlaced = keepsPlace && isCounted(referral.stage) && type === policy.qualification.event;
  const ofPlace = isPlaced ? policy.rules.filter(isOfNumberedPlace) : [];
  if (ofEach.length + ofPlace.length === 0) return { turns: [], left: 0 };
  const moved = await readNumbered(tx, event, ordinal, { onlyMoved: true });
  const turns = moved.flatMap((action) => [
    ...turnsOf(event, action, ofEach, 'event'),
    ...(action.id === referral.qualifyingEventId ? turnsOf(event, action, ofPlace, 'qualified') : []),
  ]);
  return { turns: turns.slice(0, TURNS_MAX), left: Math.max(0, turns.length - TURNS_MAX) };
}

function turnsOf(
  event: LockedEvent,
  action: Action,
  rules: readonly Rule[],
  moment: RewardMoment,
): readonly Turn[] {
  const facts = actionFacts(event, action);
  const before = { ...facts, eventOrdinal: action.ordinal - 1 };
  return rules
    .map((rule) => ({ action, rule, moment, earns: reaches(rule, moment, facts) }))
    .filter(({ rule, earns }) => earns !== reaches(rule, moment, before));
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
      const late = { rules: wanted, moment, anewBy: event.ref.eventId, before };
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
