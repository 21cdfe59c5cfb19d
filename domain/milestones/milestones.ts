import { amountOf, type Milestone, type MilestoneBenefit, unitOf } from './policy.ts';

/** What a member has come to, in whole counts and minor units. */
export interface MilestoneFacts {
  readonly qualified_referrals: number;
  /** By unit: what the events were worth that qualified the member's referrals, less refunds. */
  readonly revenue: Readonly<Record<string, bigint>>;
  /** By unit: points of a whole life, less what was taken back. */
  readonly points: Readonly<Record<string, bigint>>;
}

/** A threshold that was reached. `step` names it: once per member, milestone and step, and per `nth` time for what is taken back. */
export interface MilestoneStep {
  readonly step: string;
  readonly at: bigint;
  /** Null: a count. */
  readonly unit: string | null;
  readonly benefit: MilestoneBenefit;
}

/** An award on record. waiting: decided, and the budget had no room for what it earns. */
export interface AwardFact {
  readonly milestone_id: string;
  readonly step: string;
  readonly at: bigint;
  readonly unit: string | null;
  readonly nth: number;
  readonly status: 'waiting' | 'awarded' | 'reversed';
}

export interface MilestoneTrace {
  readonly rule: Milestone;
  readonly facts: {
    readonly measure: Milestone['measure'];
    readonly value: bigint;
    readonly unit: string | null;
  };
  readonly steps: readonly { readonly step: string; readonly passed: boolean; readonly result: string }[];
}

interface Decided {
  readonly milestone: Milestone;
  readonly step: string;
  readonly at: bigint;
  readonly unit: string | null;
  readonly nth: number;
  /** The member's count at the decision. */
  readonly value: bigint;
  readonly trace: MilestoneTrace;
}

export type MilestoneDecision =
  | (Decided & { readonly action: 'award'; readonly benefit: MilestoneBenefit })
  | (Decided & { readonly action: 'take_back' });

/** Further awards of one repeating milestone to one member: a limit like any other. */
export const REPEATS_MAX = 1_000;

/** The member's count that a milestone looks at. */
export function countOf(milestone: Milestone, facts: MilestoneFacts): bigint {
  if (milestone.measure === 'qualified_referrals') return BigInt(facts.qualified_referrals);
  const unit = unitOfMilestone(milestone);
  return unit === null ? 0n : (facts[milestone.measure][unit] ?? 0n);
}

/** The unit that it counts in; null for a count. */
export function unitOfMilestone({ thresholds }: Milestone): string | null {
  const [first] = thresholds;
  return first === undefined ? null : unitOf(first.at);
}

/** Every step that a count of `value` has reached, the lowest first: thresholds, then repeats of the last one. */
export function reachedSteps(milestone: Milestone, value: bigint): MilestoneStep[] {
  const listed = milestone.thresholds.map(({ at, benefit }) => stepAt(amountOf(at), unitOf(at), benefit));
  return [...listed, ...repeated(milestone, value)].filter(({ at }) => at <= value);
}

/** The lowest step that a count of `value` has not reached; null when there is none. */
export function nextStep(milestone: Milestone, value: bigint): MilestoneStep | null {
  const listed = milestone.thresholds.find(({ at }) => amountOf(at) > value);
  if (listed !== undefined) return stepAt(amountOf(listed.at), unitOf(listed.at), listed.benefit);
  const last = milestone.thresholds.at(-1);
  if (last === undefined || milestone.repeat === 'once') return null;
  const every = amountOf(milestone.repeat.every);
  const turns = (value - amountOf(last.at)) / every + 1n;
  if (turns > BigInt(REPEATS_MAX)) return null;
  return stepAt(amountOf(last.at) + turns * every, unitOf(last.at), last.benefit);
}

function repeated({ thresholds, repeat }: Milestone, value: bigint): MilestoneStep[] {
  const last = thresholds.at(-1);
  if (last === undefined || repeat === 'once') return [];
  const [from, every] = [amountOf(last.at), amountOf(repeat.every)];
  if (every < 1n || value < from + every) return [];
  const turns = (value - from) / every;
  const length = turns > BigInt(REPEATS_MAX) ? REPEATS_MAX : Number(turns);
  return Array.from({ length }, (_, index) =>
    stepAt(from + BigInt(index + 1) * every, unitOf(last.at), last.benefit),
  );
}

/** A step is known by what it takes, so that a threshold put in later moves none of those that were awarded. */
const stepName = (at: bigint, unit: string | null): string => (unit === null ? `${at}` : `${at}-${unit}`);

function stepAt(at: bigint, unit: string | null, benefit: MilestoneBenefit): MilestoneStep {
  return { step: stepName(at, unit), at, unit, benefit };
}

/**
 * What is to be done for a member now: awards for steps that are reached and have none, and for reversible milestones
 * taking back what is no longer reached. With its decisions on record, the same facts lead to none. A step of a milestone that
 * is not reversible is awarded once for ever; one of a reversible milestone is awarded exactly while it is reached.
 */
export function decideMilestones(
  milestones: readonly Milestone[],
  facts: MilestoneFacts,
  awards: readonly AwardFact[],
): MilestoneDecision[] {
  return milestones.flatMap((milestone) => {
    const value = countOf(milestone, facts);
    const mine = awards.filter(({ milestone_id }) => milestone_id === milestone.id);
    return [...lost(milestone, value, mine), ...earned(milestone, value, mine)];
  });
}

function earned(milestone: Milestone, value: bigint, awards: readonly AwardFact[]): MilestoneDecision[] {
  const standing = new Set<string>();
  const times = new Map<string, number>();
  for (const { step, nth, status } of awards) {
    times.set(step, Math.max(nth, times.get(step) ?? 0));
    if (status !== 'reversed' || !milestone.reversible) standing.add(step);
  }
  return reachedSteps(milestone, value)
    .filter(({ step }) => !standing.has(step))
    .map(({ step, at, unit, benefit }) => {
      const nth = (times.get(step) ?? 0) + 1;
      const trace = traceOf(milestone, value, unit, at);
      return { action: 'award', milestone, step, at, unit, nth, value, benefit, trace };
    });
}

function lost(milestone: Milestone, value: bigint, awards: readonly AwardFact[]): MilestoneDecision[] {
  if (!milestone.reversible) return [];
  const unit = unitOfMilestone(milestone);
  return awards
    .filter((award) => award.status !== 'reversed' && award.unit === unit && award.at > value)
    .map(({ step, at, nth }) => {
      const trace = traceOf(milestone, value, unit, at);
      return { action: 'take_back', milestone, step, at, unit, nth, value, trace };
    });
}

function traceOf(milestone: Milestone, value: bigint, unit: string | null, at: bigint): MilestoneTrace {
  const reached = { step: 'threshold_reached', passed: value >= at, result: at.toString() };
  return { rule: milestone, facts: { measure: milestone.measure, value, unit }, steps: [reached] };
}

/** What a step of a milestone earns: its threshold's benefit, or the last one's for a repeat; null for a milestone without any. */
export function benefitAt({ thresholds }: Milestone, at: bigint): MilestoneBenefit | null {
  const threshold = thresholds.find((it) => amountOf(it.at) === at) ?? thresholds.at(-1);
  return threshold?.benefit ?? null;
}
