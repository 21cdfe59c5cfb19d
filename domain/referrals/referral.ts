import { stateDiagram } from '../diagram.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { REWARD_CORRECTIONS } from '../rewards/correction.ts';
import { addDays, DAY_MS } from '../time.ts';
import { type EarningPolicy, earnsUntil } from './earning.ts';
import type { QualificationPolicy } from './policy.ts';

/**
 * The stages of a referral. invited, signed_up, in_review, qualified and rewarded are alive; the others are
 * ends. rewarded: every reward has matured; the referral stays open for refunds until it is closed. reversed:
 * what qualified it was refunded, and the time to qualify is over; an action of before that, which comes
 * late, still qualifies it.
 */
export const REFERRAL_STAGES = [
  'invited',
  'signed_up',
  'in_review',
  'qualified',
  'rewarded',
  'reversed',
  'rejected',
  'expired',
  'closed',
] as const;
export type ReferralStage = (typeof REFERRAL_STAGES)[number];

/**
 * What can happen to a referral. `look`: nothing, but its deadlines are looked at again. `correct`: an
 * operator corrects a reward of it. `cancel`: an operator ends it, and all that it brought goes back.
 * `attribute`: an operator says who referred a signup that was credited to nobody. `move`:
 * an operator says that another member referred it.
 */
export type ReferralStep =
  | 'issue'
  | 'sign_up'
  | 'review'
  | 'act'
  /** Another action qualifies it: the earlier one was refunded, or came after this one. */
  | 'requalify'
  /** What qualified it is refunded, and nothing else qualifies it yet. */
  | 'unqualify'
  /** The same, and the time to qualify is over. */
  | 'refund'
  | 'approve'
  | 'reject'
  | 'mature'
  | 'expire'
  | 'close'
  | 'look'
  | 'correct'
  | 'cancel'
  | 'attribute'
  | 'move';

type Exits = Readonly<Partial<Record<ReferralStep, ReferralStage>>>;

/**
 * A referral that does not exist yet: a personal invitation begins at its issue, a shared link's at the
 * signup.
 */
const BEGINNING: Exits = { issue: 'invited', sign_up: 'signed_up', review: 'in_review', reject: 'rejected' };

/** Every step that is not listed is refused. An `act` after qualifying stays, because rewards may recur. */
const TABLE: Readonly<Record<ReferralStage, Exits>> = {
  invited: {
    sign_up: 'signed_up',
    review: 'in_review',
    reject: 'rejected',
    cancel: 'rejected',
    expire: 'expired',
  },
  // refund: what had qualified it was refunded, and nothing else did in time.
  signed_up: {
    act: 'qualified',
    expire: 'expired',
    refund: 'reversed',
    cancel: 'rejected',
    move: 'signed_up',
  },
  in_review: { approve: 'signed_up', reject: 'rejected', expire: 'expired' },
  qualified: {
    act: 'qualified',
    mature: 'rewarded',
    requalify: 'qualified',
    unqualify: 'signed_up',
    refund: 'reversed',
    close: 'closed',
    cancel: 'rejected',
    move: 'qualified',
  },
  // mature stays: a recurring reward matures after the first ones have.
  rewarded: {
    act: 'rewarded',
    mature: 'rewarded',
    requalify: 'qualified',
    unqualify: 'signed_up',
    refund: 'reversed',
    close: 'closed',
    cancel: 'rejected',
    move: 'qualified',
  },
  reversed: { act: 'qualified', cancel: 'rejected', move: 'reversed' },
  rejected: {},
  // What the signup earned stays, unless an operator cancels it.
  expired: { cancel: 'rejected' },
  // A refund that comes late still counts, by its own time.
  closed: {
    requalify: 'qualified',
    unqualify: 'signed_up',
    refund: 'reversed',
    cancel: 'rejected',
    move: 'qualified',
  },
};

/** The reason of a referral whose qualifying action was refunded, and that no other qualifies. */
export const REFUNDED = 'refunded';

const ENDS: ReadonlySet<ReferralStage> = new Set(['reversed', 'rejected', 'expired', 'closed']);

/** Whether a referral in this stage is over: nothing is waited for any more. */
export const isEnd = (stage: ReferralStage): boolean => ENDS.has(stage);

/** Whether a referral in this stage is one that an action may qualify. */
export const mayQualify = (stage: ReferralStage): boolean => stage === 'signed_up' || stage === 'reversed';

/** Whether a referral in this stage counts among its referrer's qualified ones. */
export const isCounted = (stage: ReferralStage): boolean =>
  stage === 'qualified' || stage === 'rewarded' || stage === 'closed';

/** The reason of a referral that an operator cancelled. */
export const CANCELLED = 'cancelled';

/**
 * Returns the stage after a step; the same stage when the step is allowed and changes nothing. `null` is a
 * referral that does not exist yet. Whether an act qualifies, whether a refund unqualifies and whether all
 * rewards have matured is for the caller to know: it asks for the step only then. Refusals: `referral_ended`
 * in an end, `not_referred` before the beginning, else `stage_forbids`.
 */
export function next(stage: ReferralStage | null, step: ReferralStep): Result<ReferralStage> {
  const to = (stage === null ? BEGINNING : TABLE[stage])[step];
  if (to !== undefined) return ok(to);
  if (stage === null) return refuse('not_referred', `Nothing has begun that could ${verb(step)}.`);
  if (isEnd(stage)) {
    return refuse('referral_ended', `The referral is ${stage}, which is final; it cannot ${verb(step)}.`);
  }
  return refuse('stage_forbids', `A referral that is ${verb(stage)} cannot ${verb(step)}.`);
}

const verb = (name: string): string => name.replaceAll('_', ' ');

const COMMANDS: ReadonlyMap<string, ReferralStep> = new Map<string, ReferralStep>([
  ['signup', 'sign_up'],
  ['refund', 'refund'],
  ['invitation.issued', 'issue'],
  ['review.approved', 'approve'],
  ['review.rejected', 'reject'],
  ['referral.overdue', 'look'],
  ['referral.cancelled', 'cancel'],
  ['referral.attributed', 'attribute'],
  ['referral.moved', 'move'],
  ...REWARD_CORRECTIONS.map((type) => [type, 'correct'] as const),
]);

/**
 * Returns the step that a stored event asks for. Types with a dot are commands; a command that is not a
 * referral's returns null.
 */
export function stepFor(eventType: string): ReferralStep | null {
  return COMMANDS.get(eventType) ?? (eventType.includes('.') ? null : 'act');
}

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

/** The table as a Mermaid state diagram, so that the documentation shows what the code does. */
export const referralDiagram = (): string =>
  stateDiagram(
    Object.entries(BEGINNING).map(([step, to]) => `${to}: ${step}`),
    TABLE,
    (stage) => ENDS.has(stage as ReferralStage),
  );
