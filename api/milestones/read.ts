import type { z } from 'zod';
import { milestoneCount } from '../../domain/milestones/milestones.ts';
import { amountOf, type Milestone } from '../../domain/milestones/policy.ts';
import { nextStep, reachedSteps, unitOfMilestone } from '../../domain/milestones/steps.ts';
import { finishesBegun } from '../../domain/programs/deciding.ts';
import { readFacts } from '../../engine/milestones/facts.ts';
import { type DueMember, FIRST, scanMilestones } from '../../engine/milestones/scan.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { programStatus } from '../../engine/programs/status.ts';
import type { Database } from '../../prisma/client.ts';
import { fail } from '../http/errors.ts';
import { wholePage } from '../trpc/cursor.ts';
import { memberIdOf, type NamedMember } from '../trpc/lookups.ts';
import type { MILESTONE_STATUSES, milestoneProgressAnswer, milestonesAnswer } from './answers.ts';
import { countView, dueView, milestoneView, nextView } from './views.ts';

/** The milestones of the policy in force, with their version; none without a policy. */
export async function milestonesNow(db: Database, programId: string) {
  const inForce = await policyInForce(db, programId);
  return { version: inForce?.version ?? null, milestones: inForce?.policy.milestones ?? [] };
}

interface Tally {
  milestoneId: string;
  step: string;
  status: (typeof MILESTONE_STATUSES)[number];
  awards: number;
}

/** Every milestone in force with how many members reached it, and how many hold each threshold now. */
export async function listMilestones(
  db: Database,
  programId: string,
): Promise<z.infer<typeof milestonesAnswer>> {
  const { version, milestones } = await milestonesNow(db, programId);
  const tallies = await db.$queryRaw<Tally[]>`
    SELECT milestone_id AS "milestoneId", step, status::text, count(*)::int AS awards
    FROM milestone_awards
    WHERE program_id = ${programId}::uuid GROUP BY 1, 2, 3`;
  const members = await db.$queryRaw<{ milestoneId: string; members: number }[]>`
    SELECT milestone_id AS "milestoneId", count(DISTINCT member_id)::int AS members
    FROM milestone_awards
    WHERE program_id = ${programId}::uuid AND status <> 'reversed' GROUP BY 1`;
  const items = milestones.map((milestone) => {
    const mine = tallies.filter((it) => it.milestoneId === milestone.id);
    const total = (status: Tally['status']) => sum(mine.filter((it) => it.status === status));
    return {
      ...milestoneView(milestone),
      members: members.find((it) => it.milestoneId === milestone.id)?.members ?? 0,
      awarded: total('awarded'),
      waiting: total('waiting'),
      reversed: total('reversed'),
      reached: reachedSteps(milestone, amountOf(milestone.thresholds.at(-1)?.at ?? 0)).map(
        ({ step, at, unit }) => ({
          at: countView(at, unit),
          members: sum(mine.filter((it) => it.step === step && it.status !== 'reversed')),
        }),
      ),
    };
  });
  return { policyVersion: version, ...wholePage(items) };
}

const sum = (tallies: readonly Tally[]): number => tallies.reduce((all, { awards }) => all + awards, 0);

/** A member's facts. Throws `member_unknown` when there is no such member. */
export async function factsOfMember(
  db: Database,
  programId: string,
  which: NamedMember,
  milestones: readonly Milestone[],
) {
  const memberId = await memberIdOf(db, programId, which);
  const facts = (await readFacts(db, programId, [memberId], milestones)).get(memberId);
  if (facts === undefined) throw fail('member_unknown', 'There is no such member.');
  return { ...facts, memberId };
}

/** How far a member has come with each milestone in force. */
export async function readMilestoneProgress(
  db: Database,
  programId: string,
  which: NamedMember,
): Promise<z.infer<typeof milestoneProgressAnswer>> {
  const { version, milestones } = await milestonesNow(db, programId);
  const { facts, awards } = await factsOfMember(db, programId, which, milestones);
  const items = milestones.map((milestone) => {
    const count = milestoneCount(milestone, facts);
    const mine = awards.filter(({ milestoneId }) => milestoneId === milestone.id);
    const [last] = reachedSteps(milestone, count).slice(-1);
    return {
      milestoneId: milestone.id,
      name: milestone.name,
      measure: milestone.measure,
      count: countView(count, unitOfMilestone(milestone)),
      reached: last === undefined ? null : countView(last.at, last.unit),
      awarded: mine.filter(({ status }) => status === 'awarded').length,
      waiting: mine.filter(({ status }) => status === 'waiting').length,
      next: nextView(nextStep(milestone, count), count),
    };
  });
  return { policyVersion: version, items };
}

/** How many members one page of a dry run examines, and one statement of it. */
const DRY_MAX = 5_000;
const DRY_STEP = 500;

/** What a sweep would do now, for up to `limit` members, and where the next page begins. Changes nothing. */
export async function dryRun(
  db: Database,
  programId: string,
  {
    after,
    limit,
    now_ms,
  }: { readonly after: string | null; readonly limit: number; readonly now_ms: number },
) {
  const { version, milestones } = await milestonesNow(db, programId);
  if (!finishesBegun(await programStatus(db, programId, now_ms))) {
    return { policyVersion: version, items: [], next: null };
  }
  const due: DueMember[] = [];
  let next = after ?? FIRST;
  for (let scanned = 0; scanned < DRY_MAX; ) {
    const page = await scanMilestones(db, milestones, { programId, after: next, limit: DRY_STEP });
    scanned += page.scanned;
    due.push(...page.due);
    if (due.length > limit || page.next === null) {
      const items = due.slice(0, limit);
      const last = due.length > limit ? (items.at(-1)?.memberId ?? null) : page.next;
      return { policyVersion: version, items: items.map(dueView), next: last };
    }
    next = page.next;
  }
  return { policyVersion: version, items: due.map(dueView), next };
}
