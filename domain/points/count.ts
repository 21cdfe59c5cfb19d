import { beginsNew } from '../programs/deciding.ts';
import { valueCounted } from '../rates/convert.ts';
import { capStart, type GrantedRow } from '../rules/caps.ts';
import { asksForCount, asksForNumber, asksForSignup } from '../rules/condition.ts';
import { daysSince } from '../rules/facts.ts';
import { ACTIONS_MAX, type AwardSpan, type CountedAction, isSole, reachOf } from './achievements.ts';
import { decideAward } from './due-awards.ts';
import type { PointsFacts } from './facts.ts';
import { decidePoints, type PointsDecision } from './points.ts';
import { type AchievementRule, type AchievementTest, answersTo, type PointsPolicy } from './policy.ts';
import type { AwardTally, FreshGrant, MemberDeed, PointsTally } from './tally.ts';

/** An achievement that an action earns. */
export interface EarnedAward {
  readonly rule: AchievementRule;
  /** Which award of the achievement to the member it is, from 1. */
  readonly number: number;
  readonly span: AwardSpan;
}

/** What an action brings: the answer of each rule on its type, and the achievements that it earns. */
export interface DeedDecision {
  readonly counts: true;
  /** Which of the member's actions of its type it is, by their own times; null: no rule asks. */
  readonly number: number | null;
  readonly points: readonly PointsDecision[];
  readonly awards: readonly EarnedAward[];
}

/** Why an action brings nothing: no rule answers, it was counted before, or the member's signup was. */
export interface UncountedDeed {
  readonly counts: false;
  readonly why: 'no_rule' | 'counted_before' | 'signed_up_before';
}

/**
 * Decides actions of one member one after the other, each by what the ones before it have come to, as if each
 * were counted alone. It takes for granted that the budget has room for all of them, and that those of a type
 * whose rules ask for numbers, or that achievements look at, are in the order in which they happened, after
 * all that were counted before: one that comes late is counted alone.
 */
export function decideDeeds(
  policy: PointsPolicy | null,
  deeds: readonly MemberDeed[],
  tally: PointsTally,
): (DeedDecision | UncountedDeed)[] {
  let current = tally;
  return deeds.map((deed) => {
    const why = policy === null ? 'no_rule' : whyUncounted(policy, deed, current);
    if (policy === null || why !== null) return { counts: false, why: why ?? 'no_rule' };
    const decision: DeedDecision = {
      counts: true,
      number: asksOrdinal(policy, deed.type) ? nextNumber(deed.type, current) : null,
      points: decidePoints(policy, pointsFacts(policy, deed, current)),
      awards: earnedAwards(policy, deed, current),
    };
    current = tallyAfter(current, deed, decision);
    return decision;
  });
}

function whyUncounted(
  policy: PointsPolicy,
  deed: MemberDeed,
  tally: PointsTally,
): UncountedDeed['why'] | null {
  if (!answersTo(policy, deed.type)) return 'no_rule';
  if (tally.counted.has(deed.eventId)) return 'counted_before';
  return deed.type === 'signup' && tally.hasSignup ? 'signed_up_before' : null;
}

/** The number of the next action of a type. */
const nextNumber = (type: string, { earlier }: PointsTally): number => (earlier.get(type) ?? 0) + 1;

/** What the rules on an action look at. */
export function pointsFacts(policy: PointsPolicy, deed: MemberDeed, tally: PointsTally): PointsFacts {
  const { actor, referrerId, occurred_at_ms, type, value, rates } = deed;
  // Of a referrer to whom no rule on the type grants anything nothing is looked at.
  const referrer = rewardsReferrer(policy, type) && referrerId !== null ? tally.people.get(referrerId) : null;
  const people = [actor.id, ...(referrer && referrerId !== null ? [referrerId] : [])];
  return {
    occurred_at_ms,
    eventType: type,
    eventValue: valueCounted(value, rates, deed.unit),
    ...(value !== null && { sent: { value, rates } }),
    eventProperties: deed.properties,
    eventOrdinal: asksOrdinal(policy, type) ? nextNumber(type, tally) : 1,
    actorId: actor.id,
    referrer:
      referrerId === null
        ? null
        : {
            id: referrerId,
            qualifiedCount: tally.qualifiedThen.get(deed.eventId) ?? referrer?.qualifiedReferrals ?? 0,
          },
    daysSinceSignup: daysSince(actor.signed_up_at_ms, occurred_at_ms),
    programLive: beginsNew(deed.programStatus),
    blockedIds: new Set(people.filter((id) => tally.people.get(id)?.isBlocked === true)),
    granted: grantedFor(policy, deed, tally),
  };
}

/** Whether a rule on the type grants the referrer something. */
export const rewardsReferrer = ({ rules }: PointsPolicy, type: string): boolean =>
  rules.some(({ event, recipient }) => event === type && recipient === 'referrer');

/** Whether a rule on the type asks which of the member's actions of the type it is. */
export const asksOrdinal = ({ rules }: PointsPolicy, type: string): boolean =>
  rules.some(({ event, condition }) => event === type && asksForNumber(condition));

/** Whether a rule on the type asks for the count of the referrer's qualified referrals. */
export const asksCount = ({ rules }: PointsPolicy, type: string): boolean =>
  rules.some(({ event, condition }) => event === type && asksForCount(condition));

/** Whether what a rule on the type answers hangs on the member's signup: on who brought them, and when. */
export const asksSignup = ({ rules }: PointsPolicy, type: string): boolean =>
  rules.some(
    ({ event, recipient, condition }) =>
      event === type && (recipient === 'referrer' || asksForSignup(condition)),
  );

/** Whether an action of the type that comes late moves numbers. A signup does not, since one counts. */
export const movesNumbers = (policy: PointsPolicy, type: string): boolean =>
  type !== 'signup' && asksOrdinal(policy, type);

/** The achievements that count actions of the type. */
export const achievementsOn = ({ achievements }: PointsPolicy, type: string): AchievementRule[] =>
  achievements.filter(({ test }) => test.event === type);

/** The recipient of each rule on the action that has a cap. */
export function cappedRules(
  { rules }: PointsPolicy,
  { type, actor, referrerId }: Pick<MemberDeed, 'type' | 'actor' | 'referrerId'>,
) {
  return rules
    .filter(({ event, cap }) => event === type && cap !== null)
    .map(({ id, recipient, cap }) => ({
      ruleId: id,
      recipientId: recipient === 'actor' ? actor.id : referrerId,
      cap,
    }));
}

/** What each recipient has had of the rules on the action that have a cap, within the rule's window. */
function grantedFor(policy: PointsPolicy, deed: MemberDeed, tally: PointsTally): GrantedRow[] {
  const before = tally.granted.get(deed.eventId) ?? [];
  return cappedRules(policy, deed).flatMap(({ ruleId, recipientId, cap }) => {
    if (recipientId === null) return [];
    const start_ms = capStart(cap, deed.occurred_at_ms) ?? Number.NEGATIVE_INFINITY;
    const row = before.find((it) => it.ruleId === ruleId && it.recipientId === recipientId);
    const since = tally.fresh.filter(
      (it) => it.ruleId === ruleId && it.recipientId === recipientId && it.occurred_at_ms > start_ms,
    );
    const amount_minor = since.reduce((sum, it) => sum + it.amount_minor, row?.amount_minor ?? 0n);
    const count = since.reduce((sum, it) => sum + it.count, row?.count ?? 0);
    return [{ ruleId, recipientId, count, amount_minor }];
  });
}

/** Every achievement that an action earns, in the policy's order. */
export function earnedAwards(policy: PointsPolicy, deed: MemberDeed, tally: PointsTally): EarnedAward[] {
  if (!beginsNew(deed.programStatus)) return [];
  return achievementsOn(policy, deed.type).flatMap((rule) => {
    const { standing, total } = tally.awards.get(rule.id) ?? NO_AWARDS;
    const span = decideAward(rule, {
      at_ms: deed.occurred_at_ms,
      zone: deed.actor.zone,
      actions: [...actionsAround(deed, rule.test, tally), actionOf(deed)],
      count: (tally.counts.get(deed.type) ?? 0) + 1,
      awards: standing,
      taken: tally.taken.has(rule.id),
    });
    return span === null ? [] : [{ rule, number: total + 1, span }];
  });
}

const NO_AWARDS: AwardTally = { standing: [], total: 0 };

const actionOf = ({ occurred_at_ms, value, rates }: MemberDeed): CountedAction => ({
  at_ms: occurred_at_ms,
  value,
  rates,
});

/** The member's other actions that a test looks at; the latest where there are too many. */
function actionsAround(
  { type, occurred_at_ms }: MemberDeed,
  test: AchievementTest,
  tally: PointsTally,
): readonly CountedAction[] {
  const reach_ms = reachOf(test);
  const held = tally.around.find((it) => it.type === type && it.reach_ms === reach_ms);
  const around = (held?.actions ?? []).filter(({ at_ms }) => Math.abs(at_ms - occurred_at_ms) <= reach_ms);
  if (around.length <= ACTIONS_MAX) return around;
  return around.toSorted((a, b) => b.at_ms - a.at_ms).slice(0, ACTIONS_MAX);
}

/** The tally once the action is counted. */
function tallyAfter(tally: PointsTally, deed: MemberDeed, { points, awards }: DeedDecision): PointsTally {
  const { eventId, type } = deed;
  const soleIds = awards.flatMap(({ rule }) => (isSole(rule.test) ? [rule.id] : []));
  return {
    ...tally,
    counted: new Set([...tally.counted, eventId]),
    hasSignup: tally.hasSignup || type === 'signup',
    counts: new Map([...tally.counts, [type, (tally.counts.get(type) ?? 0) + 1]]),
    earlier: new Map([...tally.earlier, [type, nextNumber(type, tally)]]),
    around: tally.around.map((held) =>
      held.type === type ? { ...held, actions: [...held.actions, actionOf(deed)] } : held,
    ),
    awards: awards.reduce(withAward, tally.awards),
    taken: new Set([...tally.taken, ...soleIds]),
    fresh: [...tally.fresh, ...points.flatMap((it) => freshOf(deed, it))],
  };
}

/** What a rule's answer adds to what it has granted. */
export const freshOf = ({ occurred_at_ms }: MemberDeed, answer: PointsDecision): FreshGrant[] => {
  if (!answer.granted) return [];
  const { ruleId, recipientId, amount } = answer;
  return [{ ruleId, recipientId, occurred_at_ms, amount_minor: amount.minor, count: 1 }];
};

function withAward(awards: PointsTally['awards'], { rule, span }: EarnedAward): PointsTally['awards'] {
  const { standing, total } = awards.get(rule.id) ?? NO_AWARDS;
  return new Map([...awards, [rule.id, { standing: [...standing, span], total: total + 1 }]]);
}
