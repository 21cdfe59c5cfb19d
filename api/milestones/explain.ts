import { decideMilestones, milestoneCount } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { nextStep, unitOfMilestone } from '../../domain/milestones/steps.ts';
import { formatMoney } from '../../domain/money.ts';
import { finishesBegun } from '../../domain/programs/deciding.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import { programStatus } from '../../engine/programs/status.ts';
import type { Database } from '../../prisma/client.ts';
import type { MilestoneAward } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { factsOfMember, milestonesNow } from './read.ts';
import { awardView, countView, milestoneView, nextView } from './views.ts';

const AWARDS_SHOWN_MAX = 100;

/**
 * Why a member has, or does not have, what a milestone earns: the milestone, the count, every award, and the
 * same in sentences.
 */
export async function explainMilestone(
  db: Database,
  programId: string,
  {
    memberId,
    milestoneId,
    now_ms,
  }: { readonly memberId: string; readonly milestoneId: string; readonly now_ms: number },
) {
  const { version, milestones } = await milestonesNow(db, programId);
  const milestone = milestones.find(({ id }) => id === milestoneId) ?? null;
  const member = await factsOfMember(db, programId, memberId, milestones);
  const awards = await db.milestoneAward.findMany({
    where: { programId, memberId, milestoneId },
    orderBy: [{ reachedAt: 'desc' }, { id: 'desc' }],
    take: AWARDS_SHOWN_MAX,
  });
  if (milestone === null && awards.length === 0) throw notFound('milestone');
  const status = await programStatus(db, programId, now_ms);
  const awardViews = awards.map((award) => ({
    ...awardView(award),
    trace: award.trace as Readonly<Record<string, unknown>>,
    sentences: sentencesOf(award),
  }));
  if (milestone === null) {
    const sentences = ['The policy in force has no such milestone: it earns nothing more.'];
    return { milestone, policyVersion: version, count: null, next: null, awards: awardViews, sentences };
  }
  const count = milestoneCount(milestone, member.facts);
  const due = decideMilestones([milestone], member.facts, member.awards).length;
  return {
    milestone: milestoneView(milestone),
    policyVersion: version,
    count: countView(count, unitOfMilestone(milestone)),
    next: nextView(nextStep(milestone, count), count),
    awards: awardViews,
    sentences: [
      `Milestone “${milestone.name}” of policy version ${version} counts ${MEASURED[milestone.measure]}:` +
        ` ${countText(count, unitOfMilestone(milestone))} now.`,
      ...dueSentence(due, status),
      nextSentence(milestone, count),
    ],
  };
}

const MEASURED: Readonly<Record<Milestone['measure'], string>> = {
  qualified_referrals: 'the member’s qualified referrals',
  revenue: 'what the member’s qualified referrals brought, less refunds',
  points: 'all points that the member ever got, less those taken back',
};

const day = (date: Date): string => date.toISOString().slice(0, 10);
const countText = (count: bigint, unit: string | null): string =>
  unit === null ? `${count}` : formatMoney({ minor: count, unit });

function dueSentence(due: number, status: ProgramStatus): string[] {
  if (due === 0) return [];
  return finishesBegun(status)
    ? ['Something is to be done about it, which the member’s workflow or the next sweep does.']
    : [`Something is to be done about it, and nothing is while the program is ${status}.`];
}

function nextSentence(milestone: Milestone, count: bigint): string {
  const next = nextStep(milestone, count);
  if (next === null) return 'There is no further threshold to reach.';
  const { at, unit } = next;
  return `The next threshold is ${countText(at, unit)}, which takes ${countText(at - count, unit)} more.`;
}

/** The threshold that was reached, and its state now. */
function sentencesOf(award: MilestoneAward): string[] {
  const { at, unit, value, policyVersion, reachedAt, nth } = award;
  const again = nth === 1 ? '' : `, for the ${nth}. time`;
  const count = `On ${day(reachedAt)} the count was ${countText(value, unit)}`;
  const threshold = `the threshold of ${countText(at, unit)} was reached${again}`;
  return [`${count} and ${threshold}, by policy version ${policyVersion}.`, becameOf(award)];
}

function becameOf({ status, awardedAt, reversedAt, rewardId }: MilestoneAward): string {
  if (status === 'waiting') {
    return 'What it earns waits, because the program’s budget has no room for it; each sweep tries again.';
  }
  if (status === 'awarded') return `What it earns was granted on ${day(awardedAt ?? new Date(0))}.`;
  const then = day(reversedAt ?? new Date(0));
  return rewardId === null
    ? `It was given up on ${then}, because the count fell below it before the budget had room.`
    : `It was taken back on ${then}, because the count fell below it.`;
}
