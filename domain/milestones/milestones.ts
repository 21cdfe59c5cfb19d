import type { Milestone, MilestoneBenefit } from './policy.ts';
import { reachedSteps, unitOfMilestone } from './steps.ts';

/** What milestones count of a member, in whole counts and minor units. */
export interface MilestoneFacts {
  readonly qualified_referrals: number;
  /** By unit: what the events were worth that qualified the member's referrals, less refunds. */
  readonly revenue: Readonly<Record<string, bigint>>;
  /** By unit: points of a whole life, less what was taken back. */
  readonly points: Readonly<Record<string, bigint>>;
}

/** An award on record. waiting: the step was reached, and the budget had no room for its benefit. */
export interface AwardFact {
  readonly milestoneId: string;
  readonly step: string;
  readonly at: bigint;
  readonly unit: string | null;
  readonly nth: number;
  readonly status: 'waiting' | 'awarded' | 'reversed';
}

/** Why a step was awarded or taken back, as it is stored with the award. */
export interface MilestoneTrace {
  readonly rule: Milestone;
  readonly facts: {
    readonly measure: Milestone['measure'];
    readonly value: bigint;
    readonly unit: string | null;
  };
  readonly steps: readonly { readonly step: string; readonly passed: boolean; readonly result: string }[];
}

interface DecisionBase {
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
  | (DecisionBase & { readonly action: 'award'; readonly benefit: MilestoneBenefit })
  | (DecisionBase & { readonly action: 'take_back' });

/**
 * Decides what is to be done for a member now: what a reversible milestone no longer has is taken back, and
 * steps that are reached and have no award get one. With these decisions on record, the same facts lead to
 * none. A step is awarded once for ever; that of a reversible milestone is awarded exactly while it is
 * reached.
 */
export function decideMilestones(
  milestones: readonly Milestone[],
  facts: MilestoneFacts,
  awards: readonly AwardFact[],
): MilestoneDecision[] {
  return milestones.flatMap((milestone) => {
    const value = milestoneCount(milestone, facts);
    const own = awards.filter(({ milestoneId }) => milestoneId === milestone.id);
    return [...decideTakeBacks(milestone, value, own), ...decideAwards(milestone, value, own)];
  });
}

/** The member's count that a milestone looks at. */
export function milestoneCount(milestone: Milestone, facts: MilestoneFacts): bigint {
  if (milestone.measure === 'qualified_referrals') return BigInt(facts.qualified_referrals);
  const unit = unitOfMilestone(milestone);
  return unit === null ? 0n : (facts[milestone.measure][unit] ?? 0n);
}

function decideTakeBacks(
  milestone: Milestone,
  value: bigint,
  awards: readonly AwardFact[],
): MilestoneDecision[] {
  if (!milestone.reversible) return [];
  const unit = unitOfMilestone(milestone);
  return awards
    .filter((award) => award.status !== 'reversed' && award.unit === unit && award.at > value)
    .map(({ step, at, nth }) => {
      const trace = traceOf(milestone, value, unit, at);
      return { action: 'take_back', milestone, step, at, unit, nth, value, trace };
    });
}

function decideAwards(
  milestone: Milestone,
  value: bigint,
  awards: readonly AwardFact[],
): MilestoneDecision[] {
  const awardedSteps = new Set<string>();
  const times = new Map<string, number>();
  for (const { step, nth, status } of awards) {
    times.set(step, Math.max(nth, times.get(step) ?? 0));
    if (status !== 'reversed' || !milestone.reversible) awardedSteps.add(step);
  }
  return reachedSteps(milestone, value)
    .filter(({ step }) => !awardedSteps.has(step))
    .map(({ step, at, unit, benefit }) => {
      const nth = (times.get(step) ?? 0) + 1;
      const trace = traceOf(milestone, value, unit, at);
      return { action: 'award', milestone, step, at, unit, nth, value, benefit, trace };
    });
}

function traceOf(milestone: Milestone, value: bigint, unit: string | null, at: bigint): MilestoneTrace {
  const threshold = { step: 'threshold_reached', passed: value >= at, result: at.toString() };
  return { rule: milestone, facts: { measure: milestone.measure, value, unit }, steps: [threshold] };
}
