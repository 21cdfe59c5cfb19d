import { Prisma } from '../../prisma/generated/client.ts';

/** SQL: the stages in which a referral counts for its referrer, as `isCounted` says it. */
export const COUNTED_STAGES = Prisma.sql`('qualified', 'rewarded', 'closed')`;

/** Whose referrals, as SQL. */
interface Referrer {
  readonly programId: Prisma.Sql;
  readonly referrerId: Prisma.Sql;
  /** A referral that is left out; unset: none. */
  readonly but?: Prisma.Sql;
}

/**
 * SQL: how many of a referrer's referrals count by an action that happened after the row `moment`, which has
 * `occurred_at` and `key` as events have; an empty key stands before all actions of its time. To count those
 * that had qualified by then, take it from the referrer's present count: an action that comes in time has
 * nothing after it, so that only what comes late pays for it.
 */
export const qualifiedAfter = (moment: Prisma.Sql, { programId, referrerId, but }: Referrer): Prisma.Sql =>
  Prisma.sql`(
    SELECT count(*)::int FROM referrals o
    WHERE o.program_id = ${programId} AND o.referrer_id = ${referrerId}
      ${but === undefined ? Prisma.empty : Prisma.sql`AND o.id <> ${but}`}
      AND o.stage IN ${COUNTED_STAGES} AND o.qualified_at >= ${moment}.occurred_at
      AND (o.qualified_at > ${moment}.occurred_at OR ${moment}.key < (
        SELECT q.key FROM events q WHERE q.program_id = o.program_id AND q.id = o.qualifying_event_id)))`;
