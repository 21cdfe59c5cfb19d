import type { AwardFact, MilestoneFacts } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { unitOfMilestone } from '../../domain/milestones/steps.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { standingRefunds } from '../referrals/refunds.ts';
import { IS_UNDONE } from '../referrals/undone.ts';
import { lifetimePoints } from './lifetime-points.ts';

/** An award as the database has it. */
export interface AwardRow extends AwardFact {
  readonly id: string;
  readonly memberId: string;
  readonly policyVersion: number;
  readonly rewardId: string | null;
}

/** All that milestones read of one member. */
export interface MemberFacts {
  readonly facts: MilestoneFacts;
  readonly awards: readonly AwardRow[];
}

/** The units that milestones of this measure count in. */
function unitsOf(milestones: readonly Milestone[], measure: Milestone['measure']): string[] {
  const units = milestones
    .filter((milestone) => milestone.measure === measure)
    .flatMap((milestone) => unitOfMilestone(milestone) ?? []);
  return [...new Set(units)];
}

/**
 * Reads the counts and awards of members, in a few statements however many they are. A caller that decides by
 * them has locked the member's row, as everything does that moves the counts. A member that does not exist
 * has no entry.
 */
export async function readFacts(
  tx: Database | Tx,
  programId: string,
  memberIds: readonly string[],
  milestones: readonly Milestone[],
): Promise<ReadonlyMap<string, MemberFacts>> {
  const where = { programId, id: { in: [...memberIds] } };
  const members = await tx.member.findMany({ where, select: { id: true, qualifiedReferrals: true } });
  const revenue = await revenueOf(tx, programId, memberIds, unitsOf(milestones, 'revenue'));
  const points = new Map<string, ReadonlyMap<string, bigint>>();
  for (const unit of unitsOf(milestones, 'points')) {
    points.set(unit, await lifetimePoints(tx, programId, memberIds, unit));
  }
  const awards = await readAwards(tx, programId, memberIds);
  return new Map(
    members.map(({ id, qualifiedReferrals }) => [
      id,
      {
        facts: {
          qualified_referrals: qualifiedReferrals,
          revenue: revenue.get(id) ?? {},
          points: Object.fromEntries([...points].map(([unit, byMember]) => [unit, byMember.get(id) ?? 0n])),
        },
        awards: awards.get(id) ?? [],
      },
    ]),
  );
}

/**
 * By member and unit: what the events were worth that qualify the member's referrals, less refunds; in
 * another unit by the rate that was fixed for each.
 */
async function revenueOf(
  tx: Database | Tx,
  programId: string,
  memberIds: readonly string[],
  units: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, bigint>>>> {
  if (units.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ memberId: string; unit: string; minor: bigint }[]>`
    SELECT r.referrer_id::text AS "memberId", w.unit,
      sum(CASE WHEN f."isWhole" THEN 0
        ELSE converted_minor(e.value_minor - f.minor, w.numerator, w.denominator) END)::bigint AS minor
    FROM referrals r
    JOIN events e ON e.program_id = r.program_id AND e.id = r.qualifying_event_id
    -- The units that the event counts in: its own, and those that rates were fixed for.
    JOIN LATERAL (
      SELECT e.unit, 1::numeric AS numerator, 1::numeric AS denominator UNION ALL
      SELECT x.unit, x.numerator, x.denominator FROM event_rates x
      WHERE x.program_id = e.program_id AND x.event_id = e.id) w ON w.unit = ANY(${[...units]})
    JOIN LATERAL (${standingRefunds()}) f ON true
    WHERE r.program_id = ${programId}::uuid AND r.referrer_id = ANY(${[...memberIds]}::uuid[])
      AND NOT ${IS_UNDONE}
    GROUP BY r.referrer_id, w.unit`;
  const sums = new Map<string, Record<string, bigint>>();
  for (const { memberId, unit, minor } of rows) {
    sums.set(memberId, { ...sums.get(memberId), [unit]: minor });
  }
  return sums;
}

/**
 * By member: their awards, and those of accounts that were merged into them which stayed there, since the
 * member had the same. They go like the member's own.
 */
async function readAwards(
  tx: Database | Tx,
  programId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, readonly AwardRow[]>> {
  const merged = await tx.member.findMany({
    where: { programId, mergedInto: { in: [...memberIds] } },
    select: { id: true, mergedInto: true },
  });
  const ofMerged = { memberId: { in: merged.map(({ id }) => id) }, status: 'awarded' as const };
  const rows = await tx.milestoneAward.findMany({
    where: { programId, OR: [{ memberId: { in: [...memberIds] } }, ofMerged] },
    omit: { trace: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  const staying = new Map(merged.map(({ id, mergedInto }) => [id, mergedInto ?? id]));
  const byMember = new Map<string, AwardRow[]>();
  for (const row of rows) {
    const award = { ...row, memberId: staying.get(row.memberId) ?? row.memberId };
    const own = byMember.get(award.memberId);
    if (own === undefined) byMember.set(award.memberId, [award]);
    else own.push(award);
  }
  return byMember;
}
