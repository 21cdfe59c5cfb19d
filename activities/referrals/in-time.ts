import { qualifiesByNumber } from '../../domain/referrals/numbers.ts';
import { isCounted, ranOutIn, stepFor } from '../../domain/referrals/referral.ts';
import { addDays, DAY_MS } from '../../domain/time.ts';
import { wakePump } from '../../engine/events/wake.ts';
import { COUNTED_STAGES } from '../../engine/referrals/qualified.ts';
import { isAccepted } from '../../engine/referrals/refunds.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { LockedEvent } from './event.ts';
import { referredOf } from './referred.ts';

/** The most actions that one step has decided anew. */
const REOPENED_MAX = 10_000;

/**
 * SQL over a referral and a time: something that its actions or its signup earned was on hold then. What a
 * later refund has taken back was. What hangs on the referrer's count does not keep the referral open, since
 * it is granted for whichever came as the nth.
 */
const wasOnHold = (programId: string, referralId: string, at: Prisma.Sql): Prisma.Sql => Prisma.sql`EXISTS (
  SELECT FROM rewards w
  WHERE w.program_id = ${programId}::uuid AND w.referral_id = ${referralId}::uuid AND w.nth IS NULL
    AND w.granted_at < ${at} AND w.matures_at > ${at}
    AND (w.status <> 'reversed' OR EXISTS (
      SELECT FROM events a
      JOIN events f ON f.program_id = a.program_id AND f.refund_of = a.key AND ${isAccepted(Prisma.sql`f`)}
      WHERE a.program_id = w.program_id AND a.id = w.event_id AND f.occurred_at > ${at})))`;

/**
 * Whether a referral that has qualified was open at the action's own time, under a policy that lets actions
 * earn until then: refunds still counted, or something was on hold. When its workflow closes it, or has
 * closed it, says nothing about that.
 */
export async function wasOpen(
  tx: Tx,
  { ref, referral, policy, occurred_at_ms }: LockedEvent,
): Promise<boolean> {
  const { qualified_at_ms } = referral;
  if (qualified_at_ms !== null && occurred_at_ms < addDays(qualified_at_ms, policy.refund_days)) return true;
  const at = Prisma.sql`${new Date(occurred_at_ms)}::timestamptz`;
  const [row] = await tx.$queryRaw<{ isHeld: boolean }[]>`
    SELECT ${wasOnHold(ref.programId, ref.referralId, at)} AS "isHeld"`;
  return row?.isHeld === true;
}

/**
 * Whether an event may let a referral be open for longer than before it: its qualification may be later now,
 * or gone, or something on hold lasts longer. Only where actions earn until then.
 */
function mayStayOpen({ policy, referral, type }: LockedEvent): boolean {
  if (policy.earning_days !== undefined || !isCounted(referral.stage)) return false;
  const step = stepFor(type);
  if (step === 'refund' || step === 'recount') return true;
  const holds = policy.rules.some(({ trigger, hold_days }) => trigger.on === 'nth_event' && hold_days > 0);
  return step === 'act' && (holds || qualifiesByNumber(policy, type));
}

/**
 * Has actions decided anew that came when the referral had ended by their own times, and are in time by now:
 * since another action qualifies it, or none, or since something was on hold that came later; and their
 * refunds. What earns points has done so once.
 */
export async function reopenInTime(tx: Tx, event: LockedEvent): Promise<void> {
  if (!mayStayOpen(event)) return;
  const { ref, policy } = event;
  const { programId, referralId, eventId } = ref;
  const subject = await referredOf(tx, event);
  const days = (count: number) => Prisma.sql`make_interval(secs => ${(count * DAY_MS) / 1_000})`;
  const reopened = await tx.$executeRaw`
    WITH actions AS (
      SELECT e.id, e.key FROM events e
      JOIN referrals r ON r.program_id = e.program_id AND r.id = ${referralId}::uuid
      WHERE e.program_id = ${programId}::uuid AND e.subject = ${subject} AND e.state = 'decided'
        AND e.id <> ${eventId}::uuid AND e.outcome->>'code' = 'referral_ended'
        AND e.type NOT IN ('signup', 'refund') AND position('.' IN e.type) = 0
        AND CASE
          WHEN r.stage IN ${COUNTED_STAGES} THEN
            e.occurred_at < r.qualified_at + ${days(policy.refund_days)}
            OR ${wasOnHold(programId, referralId, Prisma.sql`e.occurred_at`)}
          WHEN r.stage IN ('signed_up', 'reversed')
            OR (r.stage = 'expired' AND r.reason = ${ranOutIn('signed_up')}) THEN
            e.occurred_at <= r.signed_up_at + ${days(policy.qualification.within_days)}
          ELSE false END
      ORDER BY e.occurred_at, e.key LIMIT ${REOPENED_MAX}
    )
    UPDATE events e SET state = 'pending', outcome = NULL, decided_at = NULL, workflow_id = NULL,
      reason = NULL, attempts = 0, due_at = now()
    WHERE e.program_id = ${programId}::uuid AND (
      e.id IN (SELECT id FROM actions)
      OR (e.type = 'refund' AND e.subject = ${subject} AND e.outcome->>'code' = 'refund_of_unknown'
          AND e.refund_of IN (SELECT key FROM actions)))`;
  if (reopened > 0) await wakePump(tx);
}
