import type { z } from 'zod';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { benefitAt, type MilestoneStep } from '../../domain/milestones/steps.ts';
import type { MoneyJson } from '../../domain/money.ts';
import type { AwardRow } from '../../engine/milestones/facts.ts';
import type { DueMember } from '../../engine/milestones/scan.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { MilestoneAward } from '../../prisma/generated/client.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import type { dueMilestonesAnswer, milestoneAwardAnswer, nextThresholdAnswer } from './answers.ts';
import type { milestonesSchema } from './schema.ts';

/** A milestone as callers send and read it. */
export type MilestoneInput = z.input<typeof milestonesSchema>[number];

/** A milestone in the form in which it was published. */
export const milestoneView = (milestone: Milestone) => JSON.parse(toJsonText(milestone)) as MilestoneInput;

type BenefitView = MilestoneInput['thresholds'][number]['benefit'];

const benefitView = (benefit: unknown) => JSON.parse(toJsonText(benefit)) as BenefitView;

/** A count as a number, an amount as money. */
export const countView = (count: bigint, unit: string | null): number | MoneyJson =>
  unit === null ? Number(count) : moneyJsonOf(count, unit);

export const awardView = (row: Omit<MilestoneAward, 'trace'>): z.infer<typeof milestoneAwardAnswer> => ({
  id: row.id,
  memberId: row.memberId,
  milestoneId: row.milestoneId,
  step: row.step,
  nth: row.nth,
  at: countView(row.at, row.unit),
  count: countView(row.value, row.unit),
  policyVersion: row.policyVersion,
  status: row.status,
  reason: row.reason,
  rewardId: row.rewardId,
  reachedAt: iso(row.reachedAt),
  awardedAt: isoOrNull(row.awardedAt),
  reversedAt: isoOrNull(row.reversedAt),
  createdAt: iso(row.createdAt),
});

/** The next step and how far it is. */
export const nextView = (
  next: MilestoneStep | null,
  count: bigint,
): z.infer<typeof nextThresholdAnswer> | null =>
  next === null
    ? null
    : {
        at: countView(next.at, next.unit),
        left: countView(next.at - count, next.unit),
        benefit: benefitView(next.benefit),
      };

/** What a sweep would do about a member. */
export function dueView({ memberId, decisions, waiting }: DueMember): z.infer<typeof dueMilestonesAnswer> {
  const decided = decisions.map((it) => ({
    action: it.action,
    milestoneId: it.milestone.id,
    step: it.step,
    nth: it.nth,
    at: countView(it.at, it.unit),
    count: countView(it.value, it.unit),
    benefit: it.action === 'award' ? benefitView(it.benefit) : benefitOf(it.milestone, it.at),
  }));
  return { memberId, would: [...decided, ...waiting.map(waitingView)] };
}

const benefitOf = (milestone: Milestone, at: bigint) => {
  const benefit = benefitAt(milestone, at);
  return benefit === null ? null : benefitView(benefit);
};

/** What waits is granted as its own version says, which the award names. */
const waitingView = ({ milestoneId, step, nth, at, unit }: AwardRow) => ({
  action: 'try_again' as const,
  milestoneId,
  step,
  nth,
  at: countView(at, unit),
  count: null,
  benefit: null,
});
