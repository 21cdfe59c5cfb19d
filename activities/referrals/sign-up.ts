import type { Policy } from '../../domain/policies/policy.ts';
import { beginsNew, isOnHold } from '../../domain/programs/deciding.ts';
import { type Attribution, attribute, UNREFERRED } from '../../domain/referrals/attribution.ts';
import { isUnanswered } from '../../domain/referrals/invitation.ts';
import { isEnd } from '../../domain/referrals/referral.ts';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import { sendToReferral, waitForProgram } from '../../engine/events/wait.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { nameId } from '../../platform/ids.ts';
import { errorCodes } from '../../platform/log.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { creditSignup } from './credit.ts';
import { refuseEvent } from './refuse.ts';
import { type LockedSignup, lockSignup } from './signup.ts';
import { signupDetails } from './signup-details.ts';
import { signupFacts } from './signup-facts.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

/**
 * Decides a signup: who referred it, whether it may be trusted, and what it earns. Stores the referred
 * member, the referral in stage signed_up, in_review or rejected, and its rewards; or, for a refused signup,
 * only the refusal. Returns the referral's snapshot.
 */
export async function signUp(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  try {
    return await trySignUp(deps, ref);
  } catch (error) {
    // Another workflow signed the same member up at the same time. That signup is stored now, so this one is
    // refused.
    if (!errorCodes(error).includes(UNIQUE_VIOLATION)) throw error;
    return await trySignUp(deps, ref);
  }
}

function trySignUp(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const signup = await lockSignup(tx, ref);
    if (signup !== null && isOnHold(signup.programStatus)) await waitForProgram(tx, ref);
    else if (signup !== null) {
      const policyVersion = signup.invitation?.policyVersion ?? signup.latestPolicyVersion;
      const policy = await deps.policies.load(tx, ref.programId, policyVersion);
      return await decideSignup(tx, signup, policy, policyVersion);
    }
    return await readSnapshot(tx, ref);
  });
}

async function decideSignup(
  tx: Tx,
  signup: LockedSignup,
  policy: Policy,
  policyVersion: number,
): Promise<ReferralSnapshot> {
  const { ref, subject, invitation } = signup;
  const { email, mark } = signupDetails(signup);
  const refuseIt = (why: Pick<Refusal, 'code' | 'message'>) => refuseEvent(tx, signup, why, mark);
  if (!takesSignup(signup)) {
    return await refuseIt(refuse('program_not_live', 'The program takes no new referrals.'));
  }
  const referredId = signup.referredId ?? nameId('member', ref.programId, subject);
  const won = attribute(policy.attribution, signupFacts(signup, referredId));
  if (!won.ok) {
    // A member who came without a referrer may still earn points for the signup.
    if (signup.engages && UNREFERRED.has(won.code)) await tellActed(tx, ref.programId, ref.eventId);
    return await refuseIt(won);
  }
  const referralId = referralFor(signup, won);
  if (referralId !== signup.ref.referralId) {
    await sendToReferral(tx, signup.ref, referralId);
    return await readSnapshot(tx, signup.ref);
  }
  const standing = invitation?.standing ?? null;
  if (standing !== null && isEnd(standing.stage) && !isUnanswered(standing)) {
    return await refuseIt(refuse('link_expired', 'The invitation has ended.'));
  }
  return await creditSignup(tx, { signup, policy, policyVersion, referredId, email, mark, won });
}

/**
 * The referral that a signup belongs to: an invitation's own, which has the id of its link, whatever names
 * the link; otherwise the one of its member's external id, as where somebody else was quicker to answer the
 * invitation.
 */
function referralFor(
  { ref, subject, invitation }: LockedSignup,
  { isInvitation, linkId }: Extract<Attribution, { ok: true }>,
): string {
  if (isInvitation) return linkId;
  return invitation === null ? ref.referralId : nameId('referral', ref.programId, subject);
}

/** A program that has ended still takes the signups it received before its end. */
const takesSignup = ({ programStatus, cameInTime }: LockedSignup): boolean =>
  beginsNew(programStatus) || (programStatus === 'ended' && cameInTime);
