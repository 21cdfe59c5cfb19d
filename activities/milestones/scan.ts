import { decideMilestones, type MilestoneDecision, unitOfMilestone } from '../../domain/milestones.ts';
import { amountOf, type Milestone } from '../../domain/milestones-policy.ts';
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

/**
 * Looks at the next members of a program, in the order of their ids, whose counts may have reached something, and decides by the
 * rule that awards: a few statements a page, and nothing changed.
 */
export async function scanMilestones(
  db: Database | Tx,
  milestones: readonly Milestone[],
  { programId, after, limit }: { readonly programId: string; readonly after: string; readonly limit: number },
): Promise<ScannedPage> {
  const memberIds = await candidates(db, milestones, { programId, after, limit });
  const known = await readFacts(db, programId, memberIds, milestones);
  const due = memberIds.flatMap((memberId): DueMember[] => {
    const found = known.get(memberId);
    if (found === undefined) return [];
    const decisions = decideMilestones(milestones, found.facts, found.awards);
    const isLost = ({ milestone_id, step, nth }: AwardRow) =>
      decisions.some(
        (it) =>
          it.action === 'take_back' && it.milestone.id === milestone_id && it.step === step && it.nth === nth,
      );
    const waiting = found.awards.filter((award) => award.status === 'waiting' && !isLost(award));
    return decisions.length === 0 && waiting.length === 0 ? [] : [{ memberId, decisions, waiting }];
  });
  const last = memberIds.length < limit ? null : (memberIds.at(-1) ?? null);
  return { due, scanned: memberIds.length, next: last };
}

/** Members with any count that a milestone looks at, with an award that waits, or with one that may have to be taken back. */
async function candidates(
  db: Database | Tx,
  milestones: readonly Milestone[],
  { programId, after, limit }: { readonly programId: string; readonly after: string; readonly limit: number },
): Promise<string[]> {
  const units = milestones.flatMap((it) => (it.measure === 'points' ? (unitOfMilestone(it) ?? []) : []));
  const reversible = milestones.filter((it) => it.reversible).map(({ id }) => id);
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT m.id::text FROM members m
    WHERE m.program_id = ${programId}::uuid AND m.id > ${after}::uuid AND (
      m.qualified_referrals >= ${leastReferrals(milestones)}
      OR (${units.length > 0} AND EXISTS (
        SELECT 1 FROM ledger_accounts a WHERE a.program_id = m.program_id AND a.member_id = m.id AND a.unit = ANY(${units})))
      OR EXISTS (
        SELECT 1 FROM milestone_awards w WHERE w.program_id = m.program_id AND w.member_id = m.id
          AND (w.status = 'waiting' OR (w.status = 'awarded' AND w.milestone_id = ANY(${reversible})))))
    ORDER BY m.id LIMIT ${limit}`;
  return rows.map(({ id }) => id);
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
