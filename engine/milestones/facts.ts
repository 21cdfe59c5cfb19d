import type { AwardFact, MilestoneFacts } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { unitOfMilestone } from '../../domain/milestones/steps.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
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

/** By unit, in minor units; as text, since a number of JSON does not hold them all. */
type AmountsText = Readonly<Record<string, string>>;

/** What `factsColumns` reads. */
export interface FactsRow {
  readonly qualifiedReferrals: number;
  readonly revenue: AmountsText | null;
  readonly points: AmountsText | null;
  readonly awards: readonly (Omit<AwardRow, 'at'> & { readonly at: string })[] | null;
}

/** The units that milestones of this measure count in. */
function unitsOf(milestones: readonly Milestone[], measure: Milestone['measure']): string[] {
  const units = milestones
    .filter((milestone) => milestone.measure === measure)
    .flatMap((milestone) => unitOfMilestone(milestone) ?? []);
  return [...new Set(units)];
}

/** Whether a milestone counts amounts, which only a reading for these milestones has. */
export const countsAmounts = (milestones: readonly Milestone[]): boolean =>
  milestones.some((milestone) => unitOfMilestone(milestone) !== null);

/**
 * SQL: the columns of `FactsRow` over a member `m`. Without milestones: all but amounts, of which nobody
 * knows in which units they count.
 */
export const factsColumns = (milestones: readonly Milestone[] = []): Prisma.Sql => Prisma.sql`
    m.qualified_referrals AS "qualifiedReferrals",
    ${amounts(unitsOf(milestones, 'revenue'), revenue)} AS revenue,
    ${amounts(unitsOf(milestones, 'points'), lifetimePoints)} AS points,
    ${AWARDS} AS awards`;

/** SQL: a JSON object of what `select` gives, which has the columns `unit` and `minor`. */
const amounts = (units: readonly string[], select: (units: readonly string[]) => Prisma.Sql): Prisma.Sql =>
  units.length === 0
    ? Prisma.sql`NULL::jsonb`
    : Prisma.sql`(SELECT jsonb_object_agg(unit, minor::text) FROM (${select(units)}) amount)`;

/** Turns what was read into what the rules ask for. */
export const memberFactsOf = ({ qualifiedReferrals, revenue, points, awards }: FactsRow): MemberFacts => ({
  facts: { qualified_referrals: qualifiedReferrals, revenue: minorOf(revenue), points: minorOf(points) },
  awards: (awards ?? []).map((award) => ({ ...award, at: BigInt(award.at) })),
});

const minorOf = (amountsText: AmountsText | null): Readonly<Record<string, bigint>> =>
  Object.fromEntries(Object.entries(amountsText ?? {}).map(([unit, minor]) => [unit, BigInt(minor)]));

/**
 * Reads the counts and awards of members, in one statement however many they are. A caller that decides by
 * them has locked the member's row in an earlier statement, as everything does that moves the counts. A
 * member that does not exist has no entry.
 */
export async function readFacts(
  tx: Database | Tx,
  programId: string,
  memberIds: readonly string[],
  milestones: readonly Milestone[],
): Promise<ReadonlyMap<string, MemberFacts>> {
  const rows = await tx.$queryRaw<(FactsRow & { readonly id: string })[]>`
    SELECT m.id::text, ${factsColumns(milestones)} FROM members m
    WHERE m.program_id = ${programId}::uuid AND m.id = ANY(${[...memberIds]}::uuid[])`;
  return new Map(rows.map((row) => [row.id, memberFactsOf(row)]));
}

/**
 * By unit: what the events were worth that qualify the member's referrals, less refunds; in another unit by
 * the rate that was fixed for each.
 */
const revenue = (units: readonly string[]): Prisma.Sql => Prisma.sql`
  SELECT w.unit,
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
  WHERE r.program_id = m.program_id AND r.referrer_id = m.id AND NOT ${IS_UNDONE}
  GROUP BY w.unit`;

/**
 * The member's awards, and those of accounts that were merged into them which stayed there, since the member
 * had the same. They go like the member's own.
 */
const AWARDS = Prisma.sql`(
      SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'memberId', m.id, 'milestoneId', a.milestone_id, 'step', a.step, 'nth', a.nth,
        'at', a.at::text, 'unit', a.unit, 'status', a.status, 'policyVersion', a.policy_version,
        'rewardId', a.reward_id) ORDER BY a.created_at, a.id)
      FROM milestone_awards a
      WHERE a.program_id = m.program_id AND (a.member_id = m.id OR a.status = 'awarded')
        AND a.member_id = ANY(ARRAY(
          SELECT m.id UNION ALL
          SELECT g.id FROM members g WHERE g.program_id = m.program_id AND g.merged_into = m.id)))`;
