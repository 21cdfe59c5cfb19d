import { decideMilestones, milestoneCount } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { nextStep, unitOfMilestone } from '../../domain/milestones/steps.ts';
import { finishesBegun } from '../../domain/programs/deciding.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import { programStatus } from '../../engine/programs/status.ts';
import type { Database } from '../../prisma/client.ts';
import type { MilestoneAward } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import type { Speaker } from '../language/speaker.ts';
import type { NamedMember } from '../trpc/lookups.ts';
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
    milestoneId,
    now_ms,
    by,
    ...which
  }: NamedMember & {
    readonly milestoneId: string;
    readonly now_ms: number;
    /** Who says the sentences. */
    readonly by: Speaker;
  },
) {
  const { version, milestones } = await milestonesNow(db, programId);
  const milestone = milestones.find(({ id }) => id === milestoneId) ?? null;
  const member = await factsOfMember(db, programId, which, milestones);
  const awards = await db.milestoneAward.findMany({
    where: { programId, memberId: member.memberId, milestoneId },
    orderBy: [{ reachedAt: 'desc' }, { id: 'desc' }],
    take: AWARDS_SHOWN_MAX,
  });
  if (milestone === null && awards.length === 0) throw notFound('milestone');
  const status = await programStatus(db, programId, now_ms);
  const awardViews = awards.map((award) => ({
    ...awardView(award),
    trace: award.trace as Readonly<Record<string, unknown>>,
    sentences: sentencesOf(by, award),
  }));
  if (milestone === null) {
    const sentences = [by.say('milestone.gone')];
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
      by.say('milestone.counts', {
        name: milestone.name,
        version: String(version),
        measure: milestone.measure,
        count: countText(by, count, unitOfMilestone(milestone)),
      }),
      ...dueSentence(by, due, status),
      nextSentence(by, milestone, count),
    ],
  };
}

const countText = (by: Speaker, count: bigint, unit: string | null): string =>
  unit === null ? `${count}` : by.amount({ minor: count.toString(), unit });

function dueSentence(by: Speaker, due: number, status: ProgramStatus): string[] {
  if (due === 0) return [];
  return finishesBegun(status)
    ? [by.say('milestone.due')]
    : [by.say('milestone.not_now', { status: by.word('statuses', status) })];
}

function nextSentence(by: Speaker, milestone: Milestone, count: bigint): string {
  const next = nextStep(milestone, count);
  if (next === null) return by.say('milestone.no_next');
  const { at, unit } = next;
  return by.say('milestone.next', {
    at: countText(by, at, unit),
    more: countText(by, at - count, unit),
  });
}

/** The threshold that was reached, and its state now. */
function sentencesOf(by: Speaker, award: MilestoneAward): string[] {
  const { at, unit, value, policyVersion, reachedAt, nth } = award;
  const reached = by.say('award.reached', {
    day: by.day(reachedAt),
    count: countText(by, value, unit),
    at: countText(by, at, unit),
    nth,
    version: String(policyVersion),
  });
  return [reached, becameOf(by, award)];
}

function becameOf(by: Speaker, { status, awardedAt, reversedAt, rewardId }: MilestoneAward): string {
  if (status === 'waiting') return by.say('award.waits');
  if (status === 'awarded') return by.say('award.granted', { day: by.day(awardedAt ?? new Date(0)) });
  const day = by.day(reversedAt ?? new Date(0));
  return by.say(rewardId === null ? 'award.given_up' : 'award.taken_back', { day });
}
