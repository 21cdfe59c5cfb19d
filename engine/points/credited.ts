import { ORDER_TOLERANCE_MS } from '../../domain/referrals/qualification.ts';
import { ranOutIn } from '../../domain/referrals/referral.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { COUNTED_STAGES, qualifiedAfter } from '../referrals/qualified.ts';

const TOLERANCE = Prisma.sql`make_interval(secs => ${ORDER_TOLERANCE_MS / 1_000})`;

/**
 * SQL over a member `m`: joins `r`, by which somebody is credited with the member's signup, for what
 * happened at a time. None: nobody is; the signup is in review, or was not approved; or it happened before
 * the signup.
 */
export const creditedReferral = (occurred_at: Prisma.Sql): Prisma.Sql => Prisma.sql`
  LEFT JOIN referrals r ON r.program_id = m.program_id AND r.referred_id = m.id
    AND r.stage NOT IN ('in_review', 'rejected') AND r.reason IS DISTINCT FROM ${ranOutIn('in_review')}
    AND r.signed_up_at <= ${occurred_at} + ${TOLERANCE}`;

/** How many of the referrals of the member `n` qualified after `moment`. */
const AFTER = qualifiedAfter(Prisma.sql`moment`, {
  programId: Prisma.sql`n.program_id`,
  referrerId: Prisma.sql`n.id`,
});

/** An action as SQL names it, and who is credited with its member's signup. */
interface ActionSql {
  readonly referrerId: Prisma.Sql;
  readonly memberId: Prisma.Sql;
  readonly type: Prisma.Sql;
  readonly occurred_at: Prisma.Sql;
  readonly key: Prisma.Sql;
}

/**
 * SQL: how many of the referrer's referrals had qualified by the time of an action, its own with them; of two
 * at one moment the key decides. A signup comes before all that its member does. Those after the action are
 * counted and not those before, since an action that comes in time has none.
 */
export const qualifiedThen = (
  programId: string,
  { referrerId, memberId, type, occurred_at, key }: ActionSql,
): Prisma.Sql => Prisma.sql`(
  SELECT (n.qualified_referrals - ${AFTER}
    - CASE WHEN ${type} = 'signup' THEN (
        SELECT count(*) FROM referrals o
        WHERE o.program_id = n.program_id AND o.referred_id = ${memberId} AND o.referrer_id = n.id
          AND o.stage IN ${COUNTED_STAGES} AND o.qualified_at < ${occurred_at}) ELSE 0 END)::int
  FROM members n, LATERAL (
    SELECT ${occurred_at} AS occurred_at, CASE WHEN ${type} = 'signup' THEN '' ELSE ${key} END AS key) moment
  WHERE n.program_id = ${programId}::uuid AND n.id = ${referrerId})`;
