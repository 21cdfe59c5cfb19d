import { qualifiesByCount } from '../../domain/referrals/counts.ts';
import { heldRules } from '../../domain/referrals/in-time.ts';
import { qualifiesByNumber } from '../../domain/referrals/numbers.ts';
import { isCounted, mayQualify, stepFor } from '../../domain/referrals/referral.ts';
import { addDays, DAY_MS } from '../../domain/time.ts';
import { wakePump } from '../../engine/events/wake.ts';
import type { Tx } from '../../prisma/client.ts';
import { endActions } from './end-actions.ts';
import type { LockedEvent } from './event.ts';
import { endOfTime } from './in-time.ts';
import { referredOf } from './referred.ts';
import type { ReferralSnapshot } from './snapshot.ts';
import { isWithin, type Span } from './span.ts';

/** The most actions that one step has decided anew. */
const REOPENED_MAX = 10_000;

/** When a referral's time ended before a step, and what is needed to find when it ends after it. */
export interface TimeBefore {
  readonly event: LockedEvent;
  readonly end_ms: number;
}

/** Reads that, before the step. Null: the step does not move it, or moves it within what is yet to come. */
export async function readTime(tx: Tx, event: LockedEvent): Promise<TimeBefore | null> {
  if (!mayMove(event) || isAhead(event)) return null;
  const { subject } = event;
  const asked = stepFor(event.type) === 'recount' ? await referredOf(tx, event) : subject;
  const before = { ...event, subject: asked };
  const end_ms = await endOfTime(tx, before);
  return end_ms === null ? null : { event: before, end_ms };
}

/** Whether a step may change what qualifies the referral, or what is on hold while its actions earn. */
function mayMove({ policy, referral, type }: LockedEvent): boolean {
  const step = stepFor(type);
  if (step === 'refund') return isCounted(referral.stage) || mayQualify(referral);
  const isOpenEnded = policy.earning_days === undefined;
  const holds = heldRules(policy).length > 0;
  if (step === 'recount') {
    const { event } = policy.qualification;
    return qualifiesByCount(policy) || qualifiesByNumber(policy, event) || (isOpenEnded && holds);
  }
  if (step !== 'act') return step === 'grant_again' && isOpenEnded && isCounted(referral.stage);
  if (mayQualify(referral)) return true;
  return (
    isCounted(referral.stage) &&
    (qualifiesByNumber(policy, type) || (isOpenEnded && (holds || referral.isBeforeQualifying)))
  );
}

/** Whether the referral is so young that all that may be late for it is still to happen. */
function isAhead({ ref, referral, policy }: LockedEvent): boolean {
  const { signed_up_at_ms } = referral;
  if (signed_up_at_ms === null) return false;
  const { earning_days, refund_days, qualification } = policy;
  const days =
    earning_days === undefined ? Math.min(refund_days, qualification.within_days) : qualification.within_days;
  return addDays(signed_up_at_ms, days) > ref.now_ms + 2 * DAY_MS;
}

/**
 * Makes what came in another order the same, where a step has moved the end of a referral's time: what had
 * come too late and is in time by now is decided anew, and what was in time and is too late by now goes back.
 * Returns the referral's new snapshot; null: it is as the step left it.
 */
export async function settleTime(tx: Tx, before: TimeBefore | null): Promise<ReferralSnapshot | null> {
  if (before === null) return null;
  const { end_ms } = before;
  const event = await readAgain(tx, before.event);
  const now_ms = await endOfTime(tx, event);
  if (now_ms === null || now_ms === end_ms) return null;
  if (now_ms < end_ms) return await endActions(tx, event, { from_ms: now_ms, until_ms: end_ms });
  await reopen(tx, event, { from_ms: end_ms, until_ms: now_ms });
  return null;
}

/** The event with its referral as it is by now. */
async function readAgain(tx: Tx, event: LockedEvent): Promise<LockedEvent> {
  const { programId, referralId } = event.ref;
  const row = await tx.referral.findUniqueOrThrow({
    where: { programId_id: { programId, id: referralId } },
    select: {
      stage: true,
      reason: true,
      qualifiedAt: true,
      qualifyingEventId: true,
      referrerId: true,
      referrer: { select: { qualifiedReferrals: true } },
    },
  });
  const { qualifiedAt, referrer, ...now } = row;
  return {
    ...event,
    counts: null,
    end_ms: null,
    referral: {
      ...event.referral,
      ...now,
      qualified_at_ms: qualifiedAt?.getTime() ?? null,
      qualifiedCount: referrer.qualifiedReferrals,
    },
  };
}

/**
 * Has actions decided anew that came when the referral had ended by their own times, and are in time by now;
 * and what was to be taken back of them. What earns points has done so once. The time of the last decision
 * stays with them, so that what this one grants and tells has keys of its own.
 */
async function reopen(tx: Tx, { ref, subject }: LockedEvent, span: Span): Promise<void> {
  const { programId, eventId } = ref;
  const reopened = await tx.$executeRaw`
    WITH RECURSIVE again AS (
      (SELECT e.id, e.key FROM events e
       WHERE e.program_id = ${programId}::uuid AND e.subject = ${subject} AND e.state = 'decided'
         AND e.id <> ${eventId}::uuid
         AND e.outcome->>'code' IN ('referral_ended', 'outside_qualification_window')
         AND e.type NOT IN ('signup', 'refund') AND position('.' IN e.type) = 0 AND ${isWithin(span)}
       ORDER BY e.occurred_at, e.key LIMIT ${REOPENED_MAX})
      UNION
      SELECT f.id, f.key FROM again a
      JOIN events f ON f.program_id = ${programId}::uuid AND f.refund_of = a.key
      WHERE f.type = 'refund' AND f.subject = ${subject} AND f.outcome->>'code' = 'refund_of_unknown'
    )
    UPDATE events SET state = 'pending', outcome = NULL, workflow_id = NULL, reason = NULL, attempts = 0,
      due_at = now()
    WHERE program_id = ${programId}::uuid AND id IN (SELECT id FROM again)`;
  if (reopened > 0) await wakePump(tx);
}
