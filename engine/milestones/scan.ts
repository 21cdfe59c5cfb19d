import { decideMilestones, type MilestoneDecision } from '../../domain/milestones/milestones.ts';
import { amountOf, type Milestone } from '../../domain/milestones/policy.ts';
import { unitOfMilestone } from '../../domain/milestones/steps.ts';
import { isAbout } from '../../domain/milestones/task.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { type AwardRow, readFacts } from './facts.ts';

/** A member with milestones to award or to take back. */
export interface DueMember {
  readonly memberId: string;
  readonly decisions: readonly MilestoneDecision[];
  /** Awards that wait for room in the budget. */
  readonly waiting: readonly AwardRow[];
}

export interface ScannedPage {
  readonly due: readonly DueMember[];
  /** Members looked at. */
  readonly scanned: number;
  /** The last of them, after whom to go on; null at the end. */
  readonly next: string | null;
}

/** Sorts before every id. */
export const FIRST = '00000000-0000-0000-0000-000000000000';

/** More than any count of referrals. */
const NEVER = 2_147_483_647;

interface PageRef {
  readonly programId: string;
  readonly after: string;
  readonly limit: number;
}

/**
 * Scans the next members of a program, in the order of their ids, and decides about those whose counts may
 * have reached something. It takes a few statements a page and changes nothing.
 */
export async function scanMilestones(
  db: Database | Tx,
  milestones: readonly Milestone[],
  page: PageRef,
): Promise<ScannedPage> {
  const members = await readPage(db, milestones, page);
  const memberIds = members.filter(({ isCandidate }) => isCandidate).map(({ id }) => id);
  const factsById = await readFacts(db, page.programId, memberIds, milestones);
  const due = memberIds.flatMap((memberId): DueMember[] => {
    const member = factsById.get(memberId);
    if (member === undefined) return [];
    const decisions = decideMilestones(milestones, member.facts, member.awards);
    const waiting = member.awards.filter((award) => award.status === 'waiting' && !isLost(award, decisions));
    return decisions.length === 0 && waiting.length === 0 ? [] : [{ memberId, decisions, waiting }];
  });
  const next = members.length < page.limit ? null : (members.at(-1)?.id ?? null);
  return { due, scanned: members.length, next };
}

const isLost = (award: AwardRow, decisions: readonly MilestoneDecision[]): boolean =>
  decisions.some((decision) => decision.action === 'take_back' && isAbout(decision, award));

/**
 * The next members, and of each whether there is anything to read: any count that a milestone looks at, an
 * award that waits, or one that may have to be taken back. The page is cut before it is filtered, and each
 * LIMIT keeps PostgreSQL from reading a whole table, which it takes to be cheaper than one search for each
 * member. So the cost of a page does not grow with the program.
 */
async function readPage(
  db: Database | Tx,
  milestones: readonly Milestone[],
  { programId, after, limit }: PageRef,
): Promise<{ id: string; isCandidate: boolean }[]> {
  const units = milestones.flatMap((it) => (it.measure === 'points' ? (unitOfMilestone(it) ?? []) : []));
  const reversible = milestones.filter((it) => it.reversible).map(({ id }) => id);
  return await db.$queryRaw<{ id: string; isCandidate: boolean }[]>`
    SELECT m.id::text, (
      m.qualified_referrals >= ${leastReferrals(milestones)}
      OR (${units.length > 0} AND coalesce((
        SELECT true FROM ledger_accounts a
        WHERE a.program_id = m.program_id AND coalesce(a.member_id, ${FIRST}::uuid) = m.id
          AND a.unit = ANY(${units})
        LIMIT 1), false))
      OR coalesce((
        SELECT true FROM milestone_awards w
        WHERE w.program_id = m.program_id AND w.member_id = m.id
          AND (w.status = 'waiting' OR (w.status = 'awarded' AND w.milestone_id = ANY(${reversible})))
        LIMIT 1), false)) AS "isCandidate"
    FROM (
      SELECT program_id, id, qualified_referrals FROM members
      WHERE program_id = ${programId}::uuid AND id > ${after}::uuid AND merged_into IS NULL
      ORDER BY id LIMIT ${limit}) m
    ORDER BY m.id`;
}

/** The fewest qualified referrals that can reach anything; revenue begins with the first. */
function leastReferrals(milestones: readonly Milestone[]): number {
  const counts = milestones.map((milestone) => {
    if (milestone.measure === 'points') return NEVER;
    if (milestone.measure === 'revenue') return 1;
    const [first] = milestone.thresholds;
    return first === undefined ? NEVER : Number(amountOf(first.at));
  });
  return Math.min(NEVER, ...counts);
}
