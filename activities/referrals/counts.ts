import { looksAtCount } from '../../domain/referrals/counts.ts';
import { isCounted } from '../../domain/referrals/referral.ts';
import { COUNTED_STAGES, qualifiedAfter } from '../../engine/referrals/qualified.ts';
import { isStanding } from '../../engine/referrals/stands.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Counts } from './asked.ts';
import type { LockedEvent } from './event.ts';

/** SQL: how many of a referrer's other referrals count by an action that happened after `a`. */
const othersAfter = ({ programId, referralId, referrerId }: Omit<Moment, 'eventId' | 'at_ms'>) =>
  qualifiedAfter(Prisma.sql`a`, {
    programId: Prisma.sql`${programId}::uuid`,
    referrerId: Prisma.sql`${referrerId}::uuid`,
    but: Prisma.sql`${referralId}::uuid`,
  });

/**
 * Reads the counts at the times of the event and of the member's actions that stand: all of them and the
 * signup, or those that did not happen before the event. The referrals after an action are counted and not
 * those before, since an action that comes in time has none. Returns null where the policy does not look at
 * the count.
 */
export async function readCounts(tx: Tx, event: LockedEvent, all: boolean): Promise<Counts | null> {
  const { ref, referral, policy, subject, occurred_at_ms } = event;
  if (!looksAtCount(policy)) return null;
  const { programId, referralId, eventId } = ref;
  const { referrerId } = referral;
  const others = referral.qualifiedCount - (isCounted(referral.stage) ? 1 : 0);
  const since = all ? Prisma.sql`true` : Prisma.sql`e.occurred_at >= ${new Date(occurred_at_ms)}`;
  const signed_up_at = new Date(referral.signed_up_at_ms ?? occurred_at_ms);
  const rows = await tx.$queryRaw<{ id: string; nth: number; others: number | null }[]>`
    SELECT a.id::text, a.nth, CASE WHEN ${all} OR a.occurred_at >= ${new Date(occurred_at_ms)}::timestamptz
      THEN ${others} - ${othersAfter({ programId, referralId, referrerId })} END AS others
    FROM (
      SELECT e.id, e.occurred_at, e.key, (row_number() OVER (ORDER BY e.occurred_at, e.key))::int AS nth
      FROM events e
      WHERE e.program_id = ${programId}::uuid AND (e.id = ${eventId}::uuid OR (
        e.subject = ${subject} AND ${isStanding(Prisma.sql`e`, Prisma.sql`${referralId}`)}
        AND (${since} OR e.id = ${referral.qualifyingEventId}::uuid)))
      UNION ALL SELECT ${referralId}::uuid, ${signed_up_at}::timestamptz, '', 0 WHERE ${all}
    ) a`;
  return {
    others: new Map(rows.flatMap((row) => (row.others === null ? [] : [[row.id, row.others] as const]))),
    order: new Map(rows.map((row) => [row.id, row.nth])),
  };
}

/** The same event, with the counts. */
export const withCounts = async (tx: Tx, event: LockedEvent, all = true): Promise<LockedEvent> => ({
  ...event,
  counts: await readCounts(tx, event, all),
});

/** How many other referrals of the referrer had qualified before an action, or before the signup. */
export function othersBefore({ others }: Counts, id: string): number {
  const count = others.get(id);
  if (count === undefined) throw new Error(`the count at the time of event ${id} was not read`);
  return count;
}

/** Whether the referral had qualified by an action's own time. */
export function ownCounts({ counts, referral }: LockedEvent, id: string): boolean {
  const { stage, qualifyingEventId } = referral;
  if (counts === null || qualifyingEventId === null || !isCounted(stage)) return false;
  const place = counts.order.get(qualifyingEventId);
  return place !== undefined && place <= (counts.order.get(id) ?? 0);
}

/**
 * The count that rules see which are asked about an action of the referral: as it qualifies the referral, or
 * for itself. Undefined: the policy does not look at it by time.
 */
export function countThenOf(event: LockedEvent, id: string, qualifies: boolean): number | undefined {
  const { counts } = event;
  if (counts === null) return undefined;
  return othersBefore(counts, id) + (qualifies || ownCounts(event, id) ? 1 : 0);
}

/** A moment in a referral, and whose it is. */
interface Moment {
  readonly programId: string;
  readonly referralId: string;
  readonly referrerId: string;
  /** The action that happened then; null: the signup. */
  readonly eventId: string | null;
  readonly at_ms: number;
}

/** How many other referrals of the referrer had qualified before an action, or before the signup. */
export async function countOthers(
  tx: Tx,
  { programId, referralId, referrerId, eventId, at_ms }: Moment,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ others: number }[]>`
    SELECT m.qualified_referrals
      - (SELECT count(*)::int FROM referrals r
         WHERE r.program_id = m.program_id AND r.id = ${referralId}::uuid AND r.referrer_id = m.id
           AND r.stage IN ${COUNTED_STAGES})
      - ${othersAfter({ programId, referralId, referrerId })} AS others
    FROM members m, (
      SELECT ${new Date(at_ms)}::timestamptz AS occurred_at, coalesce((
        SELECT e.key FROM events e WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid), '')
        AS key) a
    WHERE m.program_id = ${programId}::uuid AND m.id = ${referrerId}::uuid`;
  return row?.others ?? 0;
}
