import { type CapLimits, capStart, type GrantedRow } from '../../domain/rules/caps.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** A rule whose grants to one recipient are counted, and for which event. */
export interface CountedRule {
  readonly ruleId: string;
  readonly recipientId: string | null;
  readonly cap: Pick<CapLimits, 'period_days'> | null;
  /** The unit of the cap's amount: what was granted in another counts as a grant, and adds no amount. */
  readonly unit: string;
}

/** Which rows are the grants: SQL over one of them, called `g`. */
interface GrantTable {
  readonly from: Prisma.Sql;
  /** When it was granted: the time of its event. */
  readonly at: Prisma.Sql;
  /** What is left of it counts. */
  readonly counts: Prisma.Sql;
}

const REWARDS: GrantTable = {
  from: Prisma.sql`rewards`,
  at: Prisma.sql`g.granted_at`,
  counts: Prisma.sql`g.status <> 'reversed'`,
};

const POINTS: GrantTable = {
  from: Prisma.sql`point_postings`,
  at: Prisma.sql`g.occurred_at`,
  counts: Prisma.sql`g.source = 'rule' AND g.reversed_minor < g.amount_minor`,
};

/** For which program and event grants are counted. */
interface Occasion {
  readonly programId: string;
  readonly occurred_at_ms: number;
}

type GrantCount = (tx: Tx, occasion: Occasion, rules: readonly CountedRule[]) => Promise<GrantedRow[]>;

/**
 * What each recipient has had of reward rules within the window of the rule's cap: one row for each that had
 * anything.
 */
export const rewardsGranted: GrantCount = (tx, occasion, rules) => grantedOf(tx, REWARDS, occasion, rules);

/** The same for point rules. */
export const pointsGranted: GrantCount = (tx, occasion, rules) => grantedOf(tx, POINTS, occasion, rules);

/** One statement, or none where no rule is to be counted. `capStart` says where a window begins. */
async function grantedOf(
  tx: Tx,
  { from, at, counts }: GrantTable,
  { programId, occurred_at_ms }: Occasion,
  rules: readonly CountedRule[],
): Promise<GrantedRow[]> {
  if (rules.length === 0) return [];
  const windows = rules.map(({ ruleId, recipientId, cap, unit }) => {
    const start_ms = capStart(cap, occurred_at_ms);
    const after = start_ms === null ? '-infinity' : new Date(start_ms).toISOString();
    return { rule: ruleId, member: recipientId, after, unit };
  });
  return await tx.$queryRaw<GrantedRow[]>`
    SELECT g.rule_id AS "ruleId", g.member_id::text AS "recipientId", count(*)::int AS count,
           coalesce(sum(greatest(g.amount_minor - g.reversed_minor, 0)) FILTER (WHERE g.unit = asked.unit), 0)
             ::bigint AS amount_minor
    FROM jsonb_to_recordset(${JSON.stringify(windows)}::jsonb)
      AS asked(rule text, member uuid, after timestamptz, unit text)
    JOIN ${from} g ON g.program_id = ${programId}::uuid
      AND g.member_id = asked.member AND g.rule_id = asked.rule AND ${at} > asked.after AND ${counts}
    GROUP BY g.rule_id, g.member_id`;
}
