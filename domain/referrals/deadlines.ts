import { addDays, DAY_MS } from '../time.ts';
import { type EarningPolicy, earnsUntil } from './earning.ts';
import type { QualificationPolicy } from './policy.ts';
import { isEnd, type ReferralStage } from './referral.ts';

/**
 * No deadline falls due sooner than this after the workflow first saw the referral. An imported signup of
 * last year has every deadline behind it, and so would expire before the purchase that was sent right after
 * it could arrive.
 */
export const ARRIVAL_GRACE_MS = DAY_MS;

/** The part of a policy that sets deadlines, so that a workflow's state need not carry the rest. */
export interface DeadlinePolicy extends EarningPolicy {
  readonly qualification: Pick<QualificationPolicy, 'within_days'>;
  readonly invitation_days: number;
}

/**
 * When each thing happened, as of the events' own times; null or left out: it has not, or is not asked about.
 */
export interface ReferralTimes {
  readonly issued_at_ms?: number | null;
  readonly signed_up_at_ms?: number | null;
  readonly qualified_at_ms?: number | null;
  /** Wall clock at which the workflow first saw the referral; never an event's own time. */
  readonly started_at_ms: number;
}

/**
 * For each stage the moment (ms since 1970) at which it expires or closes: invited, `invitation_days` after
 * the issue; signed_up and in_review, `within_days` after the signup; qualified and rewarded, `refund_days`
 * after qualifying, and not before actions cease to earn. Null for ends, where actions earn without end, and
 * where the time it counts from is not known. These say how long to wait, not what is in time: an event is
 * judged by its own time.
 */
export function deadlines(
  policy: DeadlinePolicy,
  times: ReferralTimes,
): Readonly<Record<ReferralStage, number | null>> {
  const due = (from_ms: number | null | undefined, days: number): number | null =>
    from_ms === null || from_ms === undefined
      ? null
      : Math.max(addDays(from_ms, days), times.started_at_ms + ARRIVAL_GRACE_MS);
  const qualification = due(times.signed_up_at_ms, policy.qualification.within_days);
  const refund = closesAt(policy, times, due(times.qualified_at_ms, policy.refund_days));
  return {
    invited: due(times.issued_at_ms, policy.invitation_days),
    signed_up: qualification,
    in_review: qualification,
    qualified: refund,
    rewarded: refund,
    reversed: null,
    rejected: null,
    expired: null,
    closed: null,
  };
}

function closesAt(
  { earning_days }: EarningPolicy,
  { signed_up_at_ms }: ReferralTimes,
  refundable_ms: number | null,
): number | null {
  if (earning_days === undefined || refundable_ms === null) return refundable_ms;
  const earns_ms = earnsUntil(earning_days, signed_up_at_ms ?? refundable_ms);
  return earns_ms === null ? null : Math.max(refundable_ms, earns_ms);
}

/** The deadline of one stage, as `deadlines` returns it. */
export function deadline(policy: DeadlinePolicy, stage: ReferralStage, times: ReferralTimes): number | null {
  return deadlines(policy, times)[stage];
}

/** What a referral has ahead of it; no stage: there is none, as its signup was refused. */
export interface Ahead {
  readonly stage: ReferralStage | null;
  /** When its next reward on hold matures. */
  readonly matures_at_ms: number | null;
  /** When it ends by itself. */
  readonly due_at_ms: number | null;
}

/**
 * When something happens to the referral by itself (ms since 1970); null: nothing ever does. Rewards on hold
 * mature before their referral is closed. One that has ended may still hold some that a refund left, such as
 * those of the signup.
 */
export function nextDue({ stage, matures_at_ms, due_at_ms }: Ahead): number | null {
  if (stage === null) return null;
  return matures_at_ms ?? (isEnd(stage) ? null : due_at_ms);
}

/** What is due by then, which may be one after the other; null: nothing. */
export function stepDue(ahead: Ahead, now_ms: number): 'mature' | 'end' | null {
  const due_ms = nextDue(ahead);
  if (due_ms === null || due_ms > now_ms) return null;
  return ahead.matures_at_ms === null ? 'end' : 'mature';
}
