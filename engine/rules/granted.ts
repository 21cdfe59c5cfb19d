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

/**
 * What each recipient has had of reward rules within the window of the rule's cap: one row for each that had
 * anything.
 */
export async function rewardsGranted(
  tx: Tx,
  occasion: Occasion,
  rules: readonly CountedRule[],
): Promise<readonly GrantedRow[]> {
  const [rows = []] = await grantedOn(tx, REWARDS, occasion.programId, [{ ...occasion, rules }]);
  return rows;
}

/** The same for point rules, on several occasions at once: one list for each. */
export const pointsGranted = (
  tx: Tx,
  programId: string,
  occasions: readonly GrantOccasion[],
): Promise<readonly GrantedRow[][]> => grantedOn(tx, POINTS, programId, occasions);

/** When rules are asked, and which. */
interface GrantOccasion {
  readonly occurred_at_ms: number;
  readonly rules: readonly CountedRule[];
}

/**
 * One statement, or none where no rule is to be counted. `capStart` says where a window begins; one that
 * several occasions share is counted once.
 */
async function grantedOn(
  tx: Tx,
  { from, at, counts }: GrantTable,
  programId: string,
  occasions: readonly GrantOccasion[],
): Promise<GrantedRow[][]> {
  const asked = occasions.map(({ occurred_at_ms, rules }) =>
    rules.map((rule) => JSON.stringify(windowOf(rule, occurred_at_ms))),
  );
  const windows = [...new Set(asked.flat())];
  if (windows.length === 0) return occasions.map(() => []);
  const rows = await tx.$queryRaw<(GrantedRow & { readonly nth: number })[]>`
    SELECT asked.nth::int, g.rule_id AS "ruleId", g.member_id::text AS "recipientId", count(*)::int AS count,
           coalesce(sum(greatest(g.amount_minor - g.reversed_minor, 0)) FILTER (WHERE g.unit = asked.unit), 0)
             ::bigint AS amount_minor
    FROM ROWS FROM (jsonb_to_recordset(${`[${windows.join()}]`}::jsonb)
      AS (rule text, member uuid, after timestamptz, unit text)) WITH ORDINALITY
      AS asked(rule, member, after, unit, nth)
    JOIN ${from} g ON g.program_id = ${programId}::uuid
      AND g.member_id = asked.member AND g.rule_id = asked.rule AND ${at} > asked.after AND ${counts}
    GROUP BY asked.nth, g.rule_id, g.member_id`;
  const byWindow = new Map(rows.map(({ nth, ...row }) => [windows[nth - 1], row]));
  return asked.map((keys) => keys.flatMap((key) => byWindow.get(key) ?? []));
}

function windowOf({ ruleId, recipientId, cap, unit }: CountedRule, occurred_at_ms: number) {
  const start_ms = capStart(cap, occurred_at_ms);
  const after = start_ms === null ? '-infinity' : new Date(start_ms).toISOString();
  return { rule: ruleId, member: recipientId, after, unit };
}
