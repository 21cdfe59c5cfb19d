import {
  decideMilestones,
  type MilestoneDecision,
  unitOfMilestone,
} from '../../domain/milestones/milestones.ts';
import { amountOf, type Milestone } from '../../domain/milestones/policy.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { type AwardRow, readFacts } from './facts.ts';

/** A member about whose milestones something is to be done. */
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

/** Before every id there can be. */
export const FIRST = '00000000-0000-0000-0000-000000000000';

/** More than any count of referrals: no member is looked at for it. */
const NEVER = 2_147_483_647;

interface Where {
  readonly programId: string;
  readonly after: string;
  readonly limit: number;
}

/**
 * Looks at the next members of a program, in the order of their ids, and decides by the rule that awards about those whose counts
 * may have reached something: a few statements a page, and nothing changed.
 */
export async function scanMilestones(
  db: Database | Tx,
  milestones: readonly Milestone[],
  where: Where,
): Promise<ScannedPage> {
  const members = await readPage(db, milestones, where);
  const memberIds = members.filter(({ candidate }) => candidate).map(({ id }) => id);
  const known = await readFacts(db, where.programId, memberIds, milestones);
  const due = memberIds.flatMap((memberId): DueMember[] => {
    const found = known.get(memberId);
    if (found === undefined) return [];
    const decisions = decideMilestones(milestones, found.facts, found.awards);
    const waiting = found.awards.filter((award) => award.status === 'waiting' && !isLost(award, decisions));
    return decisions.length === 0 && waiting.length === 0 ? [] : [{ memberId, decisions, waiting }];
  });
  const next = members.length < where.limit ? null : (members.at(-1)?.id ?? null);
  return { due, scanned: members.length, next };
}

const isLost = ({ milestone_id, step, nth }: AwardRow, decisions: readonly MilestoneDecision[]): boolean =>
  decisions.some(
    (it) =>
      it.action === 'take_back' && it.milestone.id === milestone_id && it.step === step && it.nth === nth,
  );

/**
 * The next members, and of each whether there is anything to read: any count that a milestone looks at, an award that waits, or
 * one that may have to be taken back. The page is cut before it is filtered, and each LIMIT keeps PostgreSQL from reading a whole
 * table for what it takes to be cheaper than a look at each member: the cost does not grow with the program.
 */
async function readPage(
  db: Database | Tx,
  milestones: readonly Milestone[],
  { programId, after, limit }: Where,
): Promise<{ id: string; candidate: boolean }[]> {
  const units = milestones.flatMap((it) => (it.measure === 'points' ? (unitOfMilestone(it) ?? []) : []));
  const reversible = milestones.filter((it) => it.reversible).map(({ id }) => id);
  return await db.$queryRaw<{ id: string; candidate: boolean }[]>`
    SELECT m.id::text, (
      m.qualified_referrals >= ${leastReferrals(milestones)}
      OR (${units.length > 0} AND coalesce((
        SELECT true FROM ledger_accounts a
        WHERE a.program_id = m.program_id AND coalesce(a.member_id, ${FIRST}::uuid) = m.id AND a.unit = ANY(${units})
        LIMIT 1), false))
      OR coalesce((
        SELECT true FROM milestone_awards w
        WHERE w.program_id = m.program_id AND w.member_id = m.id
          AND (w.status = 'waiting' OR (w.status = 'awarded' AND w.milestone_id = ANY(${reversible}))) LIMIT 1), false)) AS candidate
    FROM (
      SELECT program_id, id, qualified_referrals FROM members
      WHERE program_id = ${programId}::uuid AND id > ${after}::uuid ORDER BY id LIMIT ${limit}) m
    ORDER BY m.id`;
}

/** The fewest qualified referrals with which anything can be reached; revenue comes with the first. */
function leastReferrals(milestones: readonly Milestone[]): number {
  const counts = milestones.map((milestone) => {
    if (milestone.measure === 'points') return NEVER;
    if (milestone.measure === 'revenue') return 1;
    const [first] = milestone.thresholds;
    return first === undefined ? NEVER : Number(amountOf(first.at));
  });
  return Math.min(NEVER, ...counts);
}
