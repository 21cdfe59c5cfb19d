import { blockedRefusal } from '../members/block.ts';
import type { Money } from '../money.ts';
import { ok, type Refusal, type Result, refuse } from '../refusal.ts';
import { entitlement } from '../rewards/entitlement.ts';
import { isOfNth, type Rule } from '../rewards/rule.ts';
import { clipToCap, type Granted } from '../rules/caps.ts';
import { isCounted, type ReferralStage } from './referral.ts';
import { refundedShare } from './refund.ts';

/** The action that had earned a refused reward, as it stands now. */
export interface RefusedAction {
  /** The referral still accepts it. */
  readonly stands: boolean;
  /** It is the one that qualifies the referral. */
  readonly isQualifying: boolean;
  readonly value: Money | null;
  /** Of its value; above 0 for an action without a value once it was refunded. */
  readonly refunded_minor: bigint;
  /** Its place among those of its type, by their own times. */
  readonly ordinal: number;
  /**
   * The rule's condition holds of it by that number and by the referrer's count of its time, and that count
   * is the rule's milestone; true where the rule asks for neither.
   */
  readonly meetsByNumber: boolean;
}

/** A reward of which refunds took more than those that stand would take. */
export interface PartialReward {
  readonly amount_minor: bigint;
  readonly reversed_minor: bigint;
  readonly status: 'held' | 'available' | 'reversed';
}

/** What a reward that a budget refused is judged by when it is to be granted after all. */
export interface AgainFacts {
  /** What the budget refused, in minor units. */
  readonly amount_minor: bigint;
  /** The reward of which a part was to come back; null: the reward itself was refused. */
  readonly partOf: PartialReward | null;
  /** It is there: by an operator's word, or because the rule was asked again. */
  readonly isGranted: boolean;
  /** An operator took back what the rule had granted for the same. */
  readonly isTakenByHand: boolean;
  readonly stage: ReferralStage;
  /** The member is still the referral's referrer, or the one referred. */
  readonly isRecipient: boolean;
  readonly isBlocked: boolean;
  /** Null: no action brought it, but the signup. */
  readonly action: RefusedAction | null;
  /** The referrer's qualified referrals. */
  readonly qualifiedCount: number;
  /** What the member has had of the rule within its cap's period. */
  readonly granted: Granted;
  /** What a milestone rate has granted the referrer, over all referrals, net of what was taken back. */
  readonly entitled_minor: bigint;
}

/** What is granted after all, and how much of it the refunds of its action take at once. */
export interface GrantedAgain {
  readonly amount_minor: bigint;
  readonly refunded_minor: bigint;
}

const GONE: Refusal = refuse('no_longer_earned', 'What had earned the reward does not stand any more.');

/**
 * What a reward comes to that a budget refused, if it is granted now: what was refused, at most what the
 * rule's cap leaves by now and, of a milestone rate, what the referrer's count still entitles to; less the
 * share of a percentage that refunds have taken. Where a part of a reward was refused, it is what refunds
 * took of that one above their share. The rule's condition held and is asked again only where it asks for the
 * action's number or the referrer's count, which may have moved since.
 *
 * Refusals: `already_resolved` when it was granted since, `operator_refused` when an operator took it back,
 * `referral_ended` when the referral was rejected or cancelled, `member_blocked`, `cap_reached`, and
 * `no_longer_earned` when refunds, another action or another referrer have left nothing that earns it.
 */
export function judgeAgain(rule: Rule, facts: AgainFacts): Result<GrantedAgain> {
  const possible = checkStanding(facts);
  if (!possible.ok) return possible;
  if (facts.partOf !== null) return judgePart(rule, facts, facts.partOf);
  if (!isEarned(rule, facts)) return GONE;
  const entitled_minor = leftOfRate(rule, facts);
  if (entitled_minor <= 0n) return GONE;
  const clipped = clipToCap(rule.cap, entitled_minor, facts.granted);
  if (!clipped.ok) return clipped;
  const amount_minor = clipped.value ?? 0n;
  const refunded_minor = shareOf(rule, amount_minor, facts.action);
  return refunded_minor < amount_minor ? ok({ amount_minor, refunded_minor }) : GONE;
}

const GRANTED: Refusal = refuse('already_resolved', 'The reward has been granted since.');

function checkStanding(facts: AgainFacts): Result<true> {
  if (facts.isGranted) return GRANTED;
  if (facts.isTakenByHand) return refuse('operator_refused', 'An operator took the reward back.');
  if (facts.stage === 'rejected') return refuse('referral_ended', 'The referral was rejected or cancelled.');
  if (!facts.isRecipient) return GONE;
  return facts.isBlocked ? blockedRefusal : ok(true);
}

/** What refunds took of a reward above their share. */
function judgePart(rule: Rule, { action }: AgainFacts, part: PartialReward): Result<GrantedAgain> {
  if (part.status === 'reversed' || action?.stands !== true) return GONE;
  const amount_minor = part.reversed_minor - shareOf(rule, part.amount_minor, action);
  return amount_minor > 0n ? ok({ amount_minor, refunded_minor: 0n }) : GRANTED;
}

/** Whether what the rule pays for stands. */
function isEarned(rule: Rule, facts: AgainFacts): boolean {
  const { trigger, benefit } = rule;
  const { action, stage, qualifiedCount, granted } = facts;
  const isOfPlace =
    isCounted(stage) && action?.isQualifying === true && action.meetsByNumber && isLeft(action);
  switch (trigger.on) {
    case 'signed_up':
      return true;
    case 'milestone':
      if (isOfNth(rule)) return isOfPlace;
      return isCounted(stage) && qualifiedCount >= trigger.count && granted.count === 0;
    case 'qualified':
      if (benefit.kind === 'milestone_rate') return isCounted(stage);
      return isOfPlace;
    case 'nth_event':
      return (
        action !== null &&
        isLeft(action) &&
        action.meetsByNumber &&
        action.ordinal >= trigger.from &&
        (trigger.to === null || action.ordinal <= trigger.to)
      );
  }
}

/** Whether the referral accepts an action, and refunds have left something of it. */
const isLeft = ({ stands, value, refunded_minor }: RefusedAction): boolean =>
  stands && (refunded_minor === 0n || (value !== null && refunded_minor < value.minor));

/** What was refused; of a milestone rate at most what lies between all it granted and the entitlement. */
function leftOfRate({ benefit }: Rule, { amount_minor, qualifiedCount, entitled_minor }: AgainFacts): bigint {
  if (benefit.kind !== 'milestone_rate') return amount_minor;
  const left_minor = entitlement(qualifiedCount, benefit.base, benefit.steps).minor - entitled_minor;
  return left_minor < amount_minor ? left_minor : amount_minor;
}

function shareOf(rule: Rule, amount_minor: bigint, action: RefusedAction | null): bigint {
  if (action === null || action.value === null) return 0n;
  return refundedShare(rule, amount_minor, action.value, action.value.minor - action.refunded_minor);
}
