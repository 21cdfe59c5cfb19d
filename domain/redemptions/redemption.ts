import { stateDiagram } from '../diagram.ts';
import type { Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import type { RedemptionPolicy } from './policy.ts';

/**
 * The stages of a redemption. refused: nothing was reserved. settled: the provider has paid. released: what
 * was reserved went back. needs_operator: whether the provider paid is not known, and a person finds out
 * before any money moves again.
 */
export const REDEMPTION_STATUSES = [
  'requested',
  'refused',
  'reserved',
  'awaiting_approval',
  'paying',
  'needs_operator',
  'settled',
  'released',
] as const;
export type RedemptionStatus = (typeof REDEMPTION_STATUSES)[number];

export type RedemptionStep =
  | 'reserve'
  | 'refuse'
  | 'await_approval'
  | 'approve'
  | 'reject'
  | 'cancel'
  | 'pay'
  | 'settle'
  | 'release'
  | 'escalate';

type Exits = Readonly<Partial<Record<RedemptionStep, RedemptionStatus>>>;

/** Every step that is not listed is refused. Nothing is paid that was not reserved first. */
const TABLE: Readonly<Record<RedemptionStatus, Exits>> = {
  requested: { reserve: 'reserved', refuse: 'refused' },
  refused: {},
  reserved: { await_approval: 'awaiting_approval', pay: 'paying' },
  // release: nobody decided in time.
  awaiting_approval: { approve: 'paying', reject: 'released', cancel: 'released', release: 'released' },
  paying: { settle: 'settled', release: 'released', escalate: 'needs_operator' },
  needs_operator: { settle: 'settled', release: 'released' },
  settled: {},
  released: {},
};

/** Whether a redemption in this stage is over. */
export const isRedemptionEnd = (status: RedemptionStatus): boolean => Object.keys(TABLE[status]).length === 0;

/**
 * Whether a member may ask to cancel: not once the provider may have been asked, since money does not come
 * back. One whose request is not decided yet may turn out to be paid at once. Refuses with `redemption_ended`
 * in an end, else `stage_forbids`.
 */
export const judgeCancel = (status: RedemptionStatus): Result<RedemptionStatus> =>
  status === 'requested' ? ok(status) : nextRedemption(status, 'cancel');

/** The stage after a step, or `redemption_ended` in an end, else `stage_forbids`. */
export function nextRedemption(status: RedemptionStatus, step: RedemptionStep): Result<RedemptionStatus> {
  const to = TABLE[status][step];
  if (to !== undefined) return ok(to);
  const words = `${status.replaceAll('_', ' ')} and cannot ${step.replaceAll('_', ' ')}`;
  return isRedemptionEnd(status)
    ? refuse('redemption_ended', `The redemption is over: it is ${words}.`)
    : refuse('stage_forbids', `The redemption is ${words}.`);
}

/** Returns the stage when it is the expected one, or `redemption_ended` in an end, else `stage_forbids`. */
export function expectRedemption(
  status: RedemptionStatus,
  expected: RedemptionStatus,
): Result<RedemptionStatus> {
  if (status === expected) return ok(status);
  const words = `The redemption is ${status.replaceAll('_', ' ')}, not ${expected.replaceAll('_', ' ')}.`;
  return refuse(isRedemptionEnd(status) ? 'redemption_ended' : 'stage_forbids', words);
}

/**
 * Who approves: nobody up to `auto_approve_max`, an operator above it, and always when the units cannot be
 * compared.
 */
export function approvalFor(policy: RedemptionPolicy, amount: Money): 'auto' | 'operator' {
  const limit = policy.auto_approve_max;
  return amount.unit === limit.unit && amount.minor <= limit.minor ? 'auto' : 'operator';
}

export interface RedemptionRequest {
  readonly amount: Money;
  readonly method: string;
}

/**
 * Judges a request by the policy alone; whether the balance suffices, the ledger says. Gives the amount back,
 * or `unit_mismatch`, `amount_negative`, `amount_zero`, `below_minimum`, `method_unknown`.
 */
export function checkRedemption(
  policy: RedemptionPolicy,
  { amount, method }: RedemptionRequest,
): Result<Money> {
  const { min } = policy;
  if (amount.unit !== min.unit) {
    return refuse('unit_mismatch', `This program does not redeem ${amount.unit}.`);
  }
  if (amount.minor < 0n) return refuse('amount_negative', 'The amount to redeem is negative.');
  if (amount.minor === 0n) return refuse('amount_zero', 'The amount to redeem is zero.');
  if (amount.minor < min.minor) {
    return refuse(
      'below_minimum',
      `The least that can be redeemed is ${min.minor} minor units of ${min.unit}.`,
    );
  }
  if (!policy.methods.includes(method)) {
    return refuse('method_unknown', 'This program does not pay by that method.');
  }
  return ok(amount);
}

/** The table as a Mermaid state diagram, so that the documentation shows what the code does. */
export const redemptionDiagram = (): string => stateDiagram(['requested'], TABLE);
