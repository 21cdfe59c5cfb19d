import { isPointsUnit, isUnit } from '../iso4217.ts';
import { MAX_MINOR, type Money } from '../money.ts';
import {
  checkList,
  checkName,
  checkRange,
  checkRising,
  checkSize,
  DAYS_MAX,
  invalid,
  invalidIf,
  type Problem,
} from '../problems.ts';
import { checkBenefit } from '../rewards/check.ts';
import type { Benefit } from '../rewards/rule.ts';
import { COUNT_MAX, checkExpiry } from '../rules/check.ts';

export type MilestoneBenefit = Extract<Benefit, { readonly kind: 'fixed' | 'badge' | 'perk' }>;

/** What is earned when the count has come to `at`. */
export interface Threshold<T> {
  readonly at: T;
  readonly benefit: MilestoneBenefit;
}

/** After the last threshold: nothing more, or its benefit again at each further `every`. */
export type Repeat<T> = 'once' | { readonly every: T };

interface Common {
  readonly id: string;
  /** What members and operators read. */
  readonly name: string;
  readonly hold_days: number;
  /** Days from maturity to expiry; null: never. */
  readonly expires_days: number | null;
  /**
   * False: a threshold stays reached. True: what it earned is taken back when the count falls below it, and
   * earned anew when it is reached anew.
   */
  readonly reversible: boolean;
}

/**
 * A ladder of thresholds on one of a member's counts: of who brings others, or of any member by own actions.
 */
export type Milestone =
  | (Common & {
      readonly recipient: 'referrer';
      readonly measure: 'qualified_referrals';
      readonly thresholds: readonly Threshold<number>[];
      readonly repeat: Repeat<number>;
    })
  /**
   * revenue: what the member's qualified referrals brought by the events that qualified them, in the unit of
   * the thresholds.
   */
  | (Common & {
      readonly recipient: 'referrer';
      readonly measure: 'revenue';
      readonly thresholds: readonly Threshold<Money>[];
      readonly repeat: Repeat<Money>;
    })
  /** points: all that the member ever got, less what was taken back; spending and expiry do not lower it. */
  | (Common & {
      readonly recipient: 'member';
      readonly measure: 'points';
      readonly thresholds: readonly Threshold<Money>[];
      readonly repeat: Repeat<Money>;
    });

const MILESTONES_MAX = 50;
const THRESHOLDS_MAX = 50;

/** Problems of a policy's milestones, each with its place. `unit` is the policy's, in which it pays. */
export function checkMilestones(milestones: readonly Milestone[] | undefined, unit: string): Problem[] {
  const size = { min: 0, max: MILESTONES_MAX } as const;
  return checkList('milestones', milestones ?? [], size, (at, it) => checkMilestone(at, it, unit));
}

function checkMilestone(at: string, milestone: Milestone, unit: string): Problem[] {
  const { name, hold_days, expires_days, thresholds } = milestone;
  return [
    ...checkName(`${at}.name`, name),
    ...checkRange(`${at}.hold_days`, hold_days, 0, DAYS_MAX),
    ...checkExpiry(at, expires_days),
    ...checkSize(`${at}.thresholds`, thresholds.length, { min: 1, max: THRESHOLDS_MAX }),
    ...checkRecipient(at, milestone),
    ...checkCounts(at, milestone),
    ...checkRising(
      thresholds.map((threshold) => amountOf(threshold.at)),
      (index) => `${at}.thresholds[${index}].at`,
    ),
    ...checkBenefits(at, milestone, unit),
  ];
}

/** The policy's form on the wire allows any pair; only these mean something. */
function checkRecipient(at: string, { recipient, measure }: Milestone): Problem[] {
  const wanted = measure === 'points' ? 'member' : 'referrer';
  return recipient === wanted
    ? []
    : [invalid(`${at}.recipient`, `must be ${wanted}, whose ${measure} these are.`)];
}

/** Thresholds and the step of repeats: whole counts, or amounts of one unit that fits what is counted. */
function checkCounts(at: string, milestone: Milestone): Problem[] {
  const { repeat } = milestone;
  const every = repeat === 'once' ? [] : [{ at: `${at}.repeat.every`, count: repeat.every }];
  const counts: readonly { readonly at: string; readonly count: number | Money }[] = [
    ...milestone.thresholds.map((threshold, index) => ({
      at: `${at}.thresholds[${index}].at`,
      count: threshold.at,
    })),
    ...every,
  ];
  const units = new Set(counts.map(({ count }) => unitOf(count)));
  if (units.size > 1) return [invalid(`${at}.thresholds`, 'must all be in one unit.')];
  return counts.flatMap(({ at: place, count }) => checkCount(place, milestone.measure, count));
}

function checkCount(at: string, measure: Milestone['measure'], count: number | Money): Problem[] {
  if (measure === 'qualified_referrals') {
    return typeof count === 'number'
      ? checkRange(at, count, 1, COUNT_MAX)
      : [invalid(at, 'must be a count.')];
  }
  if (typeof count === 'number') return [invalid(at, 'must be an amount.')];
  const [fits, units] =
    measure === 'points' ? [isPointsUnit(count.unit), 'a points unit'] : [isUnit(count.unit), 'a known unit'];
  const isWithin = count.minor >= 1n && count.minor <= MAX_MINOR;
  return [
    ...invalidIf(!fits, at, `must be in ${units}.`),
    ...invalidIf(!isWithin, at, `must be from 1 to ${MAX_MINOR} minor units.`),
  ];
}

function checkBenefits(at: string, { measure, thresholds }: Milestone, unit: string): Problem[] {
  return thresholds.flatMap((threshold, index) => {
    const { benefit } = threshold;
    const place = `${at}.thresholds[${index}].benefit`;
    // Each award would bring the next one nearer, without anybody doing anything.
    const feedsItself =
      measure === 'points' && benefit.kind === 'fixed' && unitOf(threshold.at) === benefit.amount.unit;
    return [
      ...checkBenefit(place, benefit, unit),
      ...invalidIf(feedsItself, place, 'must not be in the unit that the milestone counts.'),
    ];
  });
}

/** A count or an amount as a plain number of the smallest denomination. */
export const amountOf = (count: number | Money): bigint =>
  typeof count === 'number' ? BigInt(Number.isSafeInteger(count) ? count : 0) : count.minor;

/** Null for a count. */
export const unitOf = (count: number | Money): string | null =>
  typeof count === 'number' ? null : count.unit;
