import { earnsUntil } from '../../domain/referrals/earning.ts';
import {
  endWithHolds,
  type HoldTime,
  heldRules,
  lostAt,
  type TimedRefund,
} from '../../domain/referrals/in-time.ts';
import { isCounted, mayQualify } from '../../domain/referrals/referral.ts';
import { reaches } from '../../domain/rewards/rewards.ts';
import { addDays } from '../../domain/time.ts';
import { isAccepted } from '../../engine/referrals/refunds.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { type Action, isGone, readStanding } from './actions.ts';
import { withCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { actionFacts } from './late-rewards.ts';
import { hasQualified, qualifiesNow } from './requalify.ts';

/**
 * Whether an action is in time for its referral by its own time, whether the workflow has ended that by now
 * or not. Reads nothing where the dates alone tell.
 */
export async function isInTime(tx: Tx, event: LockedEvent): Promise<boolean> {
  if (event.occurred_at_ms < firstEnd(event)) return true;
  const end_ms = event.end_ms ?? (await endOfTime(tx, event));
  return end_ms !== null && event.occurred_at_ms < end_ms;
}

/**
 * Before when a referral's actions are in time by their own times, in milliseconds since 1970; Infinity: they
 * always are; null: it takes none. It follows from what is on record, in whatever order that came:
 *
 * - one that nothing qualifies takes what may qualify it. What an action had qualified until refunds took it
 *   was in time until then.
 * - one that has qualified takes what the policy lets earn: for `earning_days`, and where the policy does not
 *   say, as long as refunds count and something is on hold.
 */
export async function endOfTime(tx: Tx, event: LockedEvent): Promise<number | null> {
  const { referral, policy } = event;
  const first_ms = firstEnd(event);
  if (mayQualify(referral)) return await endUnqualified(tx, event, first_ms);
  if (!isCounted(referral.stage)) return null;
  if (policy.earning_days !== undefined) return first_ms;
  const { held, isRefunded } = await readHolds(tx, event);
  return endWithHolds(first_ms, isRefunded ? [...held, ...(await goneHolds(tx, event))] : held);
}

/** When its time ends but for holds, and for what has been refunded; minus Infinity: before all. */
function firstEnd({ referral, policy, occurred_at_ms }: LockedEvent): number {
  const { stage, qualified_at_ms } = referral;
  const signed_up_at_ms = referral.signed_up_at_ms ?? occurred_at_ms;
  const { earning_days, refund_days, qualification } = policy;
  // Both are in time until the moment is over.
  if (mayQualify(referral)) return addDays(signed_up_at_ms, qualification.within_days) + 1;
  if (!isCounted(stage)) return Number.NEGATIVE_INFINITY;
  if (earning_days === undefined) return addDays(qualified_at_ms ?? signed_up_at_ms, refund_days);
  const until_ms = earnsUntil(earning_days, signed_up_at_ms);
  return until_ms === null ? Number.POSITIVE_INFINITY : until_ms + 1;
}

async function endUnqualified(tx: Tx, event: LockedEvent, first_ms: number): Promise<number> {
  if (!hasQualified(event.referral)) return first_ms;
  const counted = await withCounts(tx, event);
  const { event: type } = event.policy.qualification;
  const did = (action: Action, refunded_minor: bigint) =>
    qualifiesNow(counted, { ...action, refunded_minor });
  const gone = (await readRefunded(tx, event)).filter(
    ({ action }) => action.type === type && did(action, 0n),
  );
  const ends = gone.map(({ action, refunds }) =>
    lostAt(refunds, wholeOf(action), (taken_minor) => !did(action, taken_minor)),
  );
  return Math.max(first_ms, ...ends.filter(Number.isFinite));
}

interface Holds {
  readonly held: readonly HoldTime[];
  /** Whether refunds may have taken what an action earned. */
  readonly isRefunded: boolean;
}

/**
 * What is on hold that its actions and its signup earned, or was until an operator took it. What hangs on the
 * referrer's count does not keep the referral open, since it is granted for whichever came as the nth.
 */
async function readHolds(tx: Tx, { ref, subject }: LockedEvent): Promise<Holds> {
  const [row] = await tx.$queryRaw<Holds[]>`
    SELECT (
        SELECT coalesce(jsonb_agg(jsonb_build_object('from_ms', ${inMs('w.granted_at')},
          'until_ms', ${inMs('least(w.matures_at, c.occurred_at)')})), '[]')
        FROM rewards w LEFT JOIN events c ON c.program_id = w.program_id AND c.id = w.taken_back_by
        WHERE w.program_id = ${ref.programId}::uuid AND w.referral_id = ${ref.referralId}::uuid
          AND w.nth IS NULL AND w.matures_at > w.granted_at AND (w.status <> 'reversed' OR c.id IS NOT NULL)
      ) AS held,
      EXISTS (
        SELECT FROM events f
        WHERE f.program_id = ${ref.programId}::uuid AND f.subject = ${subject} AND f.type = 'refund'
          AND ${isAccepted(Prisma.sql`f`)}) AS "isRefunded"`;
  if (row === undefined) throw new Error('the database did not answer');
  return row;
}

/** A time as JSON has it: milliseconds since 1970. */
const inMs = (at: string) => Prisma.raw(`round(extract(epoch FROM ${at}) * 1000)`);

/**
 * The holds of what actions would have earned themselves, but for refunds that have taken it since: until
 * then. Whether it was granted before the refund came says nothing about that.
 */
async function goneHolds(tx: Tx, event: LockedEvent): Promise<HoldTime[]> {
  const rules = heldRules(event.policy);
  if (rules.length === 0) return [];
  const gone = (await readRefunded(tx, event)).filter(({ action }) => isGone(action));
  if (gone.length === 0) return [];
  const counted = await withCounts(tx, event);
  return gone.flatMap(({ action, refunds }) => {
    const { occurred_at_ms: from_ms } = action;
    const facts = actionFacts(counted, action, 'event');
    const lost_ms = lostAt(refunds, wholeOf(action), (refunded_minor) =>
      isGone({ ...action, refunded_minor }),
    );
    return rules
      .filter((rule) => reaches(rule, 'event', facts))
      .map(({ hold_days }) => ({ from_ms, until_ms: Math.min(addDays(from_ms, hold_days), lost_ms) }));
  });
}

const wholeOf = ({ value }: Action): bigint => value?.minor ?? 1n;

/** An action of which refunds have taken something, and those that stand. */
interface Refunded {
  readonly action: Action;
  readonly refunds: readonly TimedRefund[];
}

async function readRefunded(tx: Tx, event: LockedEvent): Promise<Refunded[]> {
  const actions = (await readStanding(tx, event)).filter(({ refunded_minor }) => refunded_minor > 0n);
  if (actions.length === 0) return [];
  const ids = actions.map(({ id }) => id);
  const rows = await tx.$queryRaw<{ id: string; at: Date; minor: bigint | null }[]>`
    SELECT e.id::text, f.occurred_at AS at, f.value_minor AS minor
    FROM events e JOIN events f ON f.program_id = e.program_id AND f.refund_of = e.key
    WHERE e.program_id = ${event.ref.programId}::uuid AND e.id = ANY(${ids}::uuid[])
      AND ${isAccepted(Prisma.sql`f`)} AND NOT EXISTS (
        SELECT FROM events b
        WHERE b.program_id = f.program_id AND b.refund_of = f.key AND ${isAccepted(Prisma.sql`b`)})
    ORDER BY f.occurred_at, f.key`;
  return actions.map((action) => ({
    action,
    refunds: rows
      .filter(({ id }) => id === action.id)
      .map(({ at, minor }) => ({ at_ms: at.getTime(), minor })),
  }));
}
