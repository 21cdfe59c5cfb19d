import { stepDue } from '../../domain/referrals/deadlines.ts';
import { stepFor } from '../../domain/referrals/referral.ts';
import type { ActivityDeps } from '../deps.ts';
import { endReferral } from './end.ts';
import { issueInvitation } from './invitation.ts';
import { matureRewards } from './mature.ts';
import { recordAction } from './record-action.ts';
import { refundAction } from './refund.ts';
import { signUp } from './sign-up.ts';
import type { ReferralEventRef, ReferralRef, ReferralSnapshot } from './snapshot.ts';

/** What is decided about a referral without its workflow. */
const STEPS = { issue: issueInvitation, sign_up: signUp, act: recordAction, refund: refundAction } as const;

/** Whether an event of this type is decided without the referral's workflow. */
export const isKeptType = (type: string): boolean => stepOf(type) !== null;

function stepOf(type: string): keyof typeof STEPS | null {
  const step = stepFor(type);
  return step !== null && Object.hasOwn(STEPS, step) ? (step as keyof typeof STEPS) : null;
}

/** An event that is decided without the referral's workflow. */
export interface KeptEventRef extends ReferralEventRef {
  readonly type: string;
}

/** What is due about a referral, as far as is known. */
export interface KeptDeadlines extends ReferralRef {
  readonly ahead: ReferralSnapshot;
}

/**
 * Decides an event about a referral without the referral's workflow, which is told later what became of the
 * referral. Returns the referral's new snapshot.
 */
export function keepReferralEvent(
  deps: ActivityDeps,
  { type, ...ref }: KeptEventRef,
): Promise<ReferralSnapshot> {
  const step = stepOf(type);
  if (step === null) throw new Error(`events of type ${type} are for the referral's workflow`);
  return STEPS[step]({ ...deps, isKept: true }, ref);
}

/**
 * Does what is due about a referral already, without its workflow: matures rewards on hold, then ends it.
 * `ahead` is what is known of it. Returns its new snapshot.
 */
export async function keepDeadlines(
  deps: ActivityDeps,
  { ahead, ...ref }: KeptDeadlines,
): Promise<ReferralSnapshot> {
  const kept = { ...deps, isKept: true };
  const isDue = (step: string, snapshot: ReferralSnapshot) => stepDue(snapshot, ref.now_ms) === step;
  const matured = isDue('mature', ahead) ? await matureRewards(kept, ref) : ahead;
  return isDue('end', matured) ? await endReferral(kept, ref) : matured;
}
