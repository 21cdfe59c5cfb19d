import { ok, type Result, refuse } from '../refusal.ts';
import type { Rule } from '../rewards/rule.ts';
import { next, type ReferralStage } from './referral.ts';

/**
 * The most rewards and actions of a referral that moves. What goes back and what is asked anew is one
 * transaction of at most 15 seconds, and an action costs it two or three statements: 15 to 25 milliseconds
 * where two cores are asked for six times what they can do.
 */
export const MOVE_STEPS_MAX = 300;

/** What a move has to do, counted a little past the most. */
export interface MoveLoad {
  /** Rewards of the first referrer that would go back. */
  readonly rewards: number;
  /** Actions that the rules would be asked about anew. */
  readonly actions: number;
}

/** Whether a move can be done in one step: `referral_too_large` beyond `MOVE_STEPS_MAX`. */
export function judgeMoveLoad({ rewards, actions }: MoveLoad): Result<true> {
  if (rewards + actions <= MOVE_STEPS_MAX) return ok(true);
  return refuse(
    'referral_too_large',
    'The referral has earned too often to move in one step: cancel it, and grant the other by hand.',
  );
}

/** The types of events whose number a referrer's rule pays for. */
export const earningTypes = (rules: readonly Rule[]): ReadonlySet<string> =>
  new Set(
    rules.flatMap(({ recipient, trigger }) =>
      recipient === 'referrer' && trigger.on === 'nth_event' ? [trigger.event] : [],
    ),
  );

/** A referral that an operator moves. */
export interface MovedReferral {
  readonly stage: ReferralStage;
  readonly referrerId: string;
  readonly referredId: string | null;
}

/**
 * The stage of a referral that an operator moves to another referrer; `qualified` stands for what counts
 * until all is known to have matured. Refuses with `self_referral` a move to the referred member, with
 * `already_attributed` one to the present referrer, and as `next` does a stage that cannot move.
 */
export function checkMove({ stage, ...referral }: MovedReferral, toId: string): Result<ReferralStage> {
  const after = next(stage, 'move');
  if (!after.ok) return after;
  if (toId === referral.referredId) return refuse('self_referral', 'A member cannot refer themselves.');
  return toId === referral.referrerId
    ? refuse('already_attributed', 'The referral is that member’s already.')
    : ok(after.value);
}
