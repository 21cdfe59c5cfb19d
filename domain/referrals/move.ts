import { ok, type Result, refuse } from '../refusal.ts';
import { next, type ReferralStage } from './referral.ts';

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
