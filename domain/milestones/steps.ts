import { amountOf, type Milestone, type MilestoneBenefit, unitOf } from './policy.ts';

/**
 * A threshold, or a repeat of the last one, that a count reaches. `step` names it: there is one award per
 * member, milestone and step, and one for each `nth` time that a step was taken back and is reached again.
 */
export interface MilestoneStep {
  readonly step: string;
  readonly at: bigint;
  /** Null: a count. */
  readonly unit: string | null;
  readonly benefit: MilestoneBenefit;
}

/** The most repeats of one milestone that one member is awarded. */
export const MILESTONE_REPEATS_MAX = 1_000;

/** The unit that a milestone counts in; null for a count. */
export function unitOfMilestone({ thresholds }: Milestone): string | null {
  const [first] = thresholds;
  return first === undefined ? null : unitOf(first.at);
}

/**
 * Every step that a count of `value` has reached, the lowest first: thresholds, then repeats of the last one.
 */
export function reachedSteps(milestone: Milestone, value: bigint): MilestoneStep[] {
  const thresholds = milestone.thresholds.map(({ at, benefit }) => stepAt(amountOf(at), unitOf(at), benefit));
  return [...thresholds, ...repeatsUpTo(milestone, value)].filter(({ at }) => at <= value);
}

function repeatsUpTo({ thresholds, repeat }: Milestone, value: bigint): MilestoneStep[] {
  const last = thresholds.at(-1);
  if (last === undefined || repeat === 'once') return [];
  const [from, every] = [amountOf(last.at), amountOf(repeat.every)];
  if (every < 1n || value < from + every) return [];
  const turns = (value - from) / every;
  const length = turns > BigInt(MILESTONE_REPEATS_MAX) ? MILESTONE_REPEATS_MAX : Number(turns);
  return Array.from({ length }, (_, index) =>
    stepAt(from + BigInt(index + 1) * every, unitOf(last.at), last.benefit),
  );
}

/** The lowest step that a count of `value` has not reached; null when there is none. */
export function nextStep(milestone: Milestone, value: bigint): MilestoneStep | null {
  const threshold = milestone.thresholds.find(({ at }) => amountOf(at) > value);
  if (threshold !== undefined) return stepAt(amountOf(threshold.at), unitOf(threshold.at), threshold.benefit);
  const last = milestone.thresholds.at(-1);
  if (last === undefined || milestone.repeat === 'once') return null;
  const every = amountOf(milestone.repeat.every);
  const turns = (value - amountOf(last.at)) / every + 1n;
  if (turns > BigInt(MILESTONE_REPEATS_MAX)) return null;
  return stepAt(amountOf(last.at) + turns * every, unitOf(last.at), last.benefit);
}

/**
 * A step's name is what it takes, so that a threshold that is put in later moves none of those that were
 * awarded.
 */
function stepAt(at: bigint, unit: string | null, benefit: MilestoneBenefit): MilestoneStep {
  const step = unit === null ? `${at}` : `${at}-${unit}`;
  return { step, at, unit, benefit };
}

/**
 * What a step earns: its threshold's benefit, or the last one's for a repeat; null for a milestone without
 * any.
 */
export function benefitAt({ thresholds }: Milestone, at: bigint): MilestoneBenefit | null {
  const threshold = thresholds.find((it) => amountOf(it.at) === at) ?? thresholds.at(-1);
  return threshold?.benefit ?? null;
}
