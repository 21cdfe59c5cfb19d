import { stateDiagram } from '../diagram.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { REWARD_CORRECTIONS, REWARD_GRANTED_AGAIN } from '../rewards/correction.ts';

/**
 * The stages of a referral. invited, signed_up, in_review, qualified and rewarded are alive; the others are
 * ends. rewarded: every reward has matured; the referral stays open for refunds until it is closed. expired:
 * nothing came in time. reversed: what qualified it was refunded, and the time to qualify is over. An action
 * of before that, which comes late, still qualifies either, and a signup of an invitation's time answers it.
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
 * operator corrects a reward of it. `grant_again`: an operator grants what the budget had refused. `cancel`:
 * an operator ends it, and all that it brought goes back. `attribute`: an operator says who referred a signup
 * that was credited to nobody. `move`: an operator says that another member referred it.
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
  /** Nothing would qualify it any more, not even without refunds, by the numbers that actions have now. */
  | 'lapse'
  | 'approve'
  | 'reject'
  /** The fraud rules refuse its signup. */
  | 'deny'
  | 'mature'
  | 'expire'
  | 'close'
  | 'look'
  | 'correct'
  | 'grant_again'
  /** The referrer's count has moved, so its rules are asked again; or those of the referrer's others are. */
  | 'recount'
  | 'recount_others'
  | 'cancel'
  | 'attribute'
  | 'move';

type Exits = Readonly<Partial<Record<ReferralStep, ReferralStage>>>;

/** What a signup does, by what the fraud rules say of it. */
const SIGNUP: Exits = { sign_up: 'signed_up', review: 'in_review', deny: 'rejected' };

/**
 * A referral that does not exist yet: a personal invitation begins at its issue, a shared link's at the
 * signup.
 */
const BEGINNING: Exits = { issue: 'invited', ...SIGNUP };

/** Every step that is not listed is refused. An `act` after qualifying stays, because rewards may recur. */
const TABLE: Readonly<Record<ReferralStage, Exits>> = {
  invited: { ...SIGNUP, cancel: 'rejected', expire: 'expired' },
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
    lapse: 'expired',
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
    lapse: 'expired',
    close: 'closed',
    cancel: 'rejected',
    move: 'qualified',
  },
  reversed: { act: 'qualified', lapse: 'expired', cancel: 'rejected', move: 'reversed' },
  rejected: {},
  // What happened in time still counts, also the signup of an invitation, and what a signup earned stays,
  // unless an operator cancels it.
  expired: { ...SIGNUP, act: 'qualified', refund: 'reversed', cancel: 'rejected' },
  // A refund that comes late still counts, by its own time.
  closed: {
    requalify: 'qualified',
    unqualify: 'signed_up',
    refund: 'reversed',
    lapse: 'expired',
    cancel: 'rejected',
    move: 'qualified',
  },
};

/** The reason of a referral whose qualifying action was refunded, and that no other qualifies. */
export const REFUNDED = 'refunded';

const ENDS: ReadonlySet<ReferralStage> = new Set(['reversed', 'rejected', 'expired', 'closed']);

/** Whether a referral in this stage is over: nothing is waited for any more. */
export const isEnd = (stage: ReferralStage): boolean => ENDS.has(stage);

/** The reason of a referral that expired in this stage. */
export const ranOutIn = (stage: ReferralStage): string => `time ran out in stage ${stage}`;

/** Where a referral is, and why, as far as that is not plain. */
export interface ReferralStanding {
  readonly stage: ReferralStage;
  readonly reason: string | null;
}

/** Whether a referral is one that an action of the time to qualify may qualify, however late it comes. */
export const mayQualify = ({ stage, reason }: ReferralStanding): boolean =>
  stage === 'signed_up' || stage === 'reversed' || (stage === 'expired' && reason === ranOutIn('signed_up'));

/**
 * Where a referral is that nothing qualifies, or nothing any more: `isRefunded` where an action would but for
 * its refunds, `isOver` once the time to qualify is over.
 */
export function unqualifiedStanding(isRefunded: boolean, isOver: boolean): ReferralStanding {
  if (isRefunded) return { stage: isOver ? 'reversed' : 'signed_up', reason: REFUNDED };
  return isOver ? { stage: 'expired', reason: ranOutIn('signed_up') } : { stage: 'signed_up', reason: null };
}

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
  if (stage === null) return refuse('not_referred', `There is no referral yet that could ${DEEDS[step]}.`);
  if (isEnd(stage)) {
    return refuse('referral_ended', `The referral is ${stage}, which is final; it cannot ${DEEDS[step]}.`);
  }
  return refuse('stage_forbids', `A referral that is ${stage.replaceAll('_', ' ')} cannot ${DEEDS[step]}.`);
}

/** What a referral can do or not, behind “can”. */
const DEEDS: Readonly<Record<ReferralStep, string>> = {
  issue: 'be issued',
  sign_up: 'take a signup',
  review: 'be reviewed',
  act: 'take an action',
  requalify: 'be qualified by another action',
  unqualify: 'lose what qualified it',
  refund: 'take a refund',
  lapse: 'lapse',
  approve: 'be approved',
  reject: 'be rejected',
  deny: 'be refused its signup',
  mature: 'mature',
  expire: 'expire',
  close: 'be closed',
  look: 'be looked at again',
  correct: 'have a reward corrected',
  grant_again: 'be granted what a budget refused',
  recount: 'be asked again',
  recount_others: 'have others asked again',
  cancel: 'be cancelled',
  attribute: 'be attributed',
  move: 'be moved to another member',
};

const COMMANDS: ReadonlyMap<string, ReferralStep> = new Map<string, ReferralStep>([
  ['signup', 'sign_up'],
  ['refund', 'refund'],
  ['invitation.issued', 'issue'],
  ['review.approved', 'approve'],
  ['review.rejected', 'reject'],
  ['referral.overdue', 'look'],
  ['referral.recount.due', 'recount'],
  ['referral.recounts.due', 'recount_others'],
  ['referral.cancelled', 'cancel'],
  ['referral.attributed', 'attribute'],
  ['referral.moved', 'move'],
  [REWARD_GRANTED_AGAIN, 'grant_again'],
  ...REWARD_CORRECTIONS.map((type) => [type, 'correct'] as const),
]);

/**
 * Returns the step that a stored event asks for. Types with a dot are commands; a command that is not a
 * referral's returns null.
 */
export function stepFor(eventType: string): ReferralStep | null {
  return COMMANDS.get(eventType) ?? (eventType.includes('.') ? null : 'act');
}

/** The table as a Mermaid state diagram, so that the documentation shows what the code does. */
export const referralDiagram = (): string =>
  stateDiagram(
    Object.entries(BEGINNING).map(([step, to]) => `${to}: ${step}`),
    TABLE,
    (stage) => ENDS.has(stage as ReferralStage),
  );
