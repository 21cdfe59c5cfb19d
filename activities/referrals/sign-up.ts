import { normalizeEmail } from '../../domain/members/email.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { attribute } from '../../domain/referrals/attribution.ts';
import { judge } from '../../domain/referrals/fraud.ts';
import { isEnd, next, type ReferralStage } from '../../domain/referrals/referral.ts';
import { must, type RefusalCode, refuse } from '../../domain/refusal.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { nameId } from '../../platform/ids.ts';
import { errorCodes } from '../../platform/log.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type Admission, beginning } from './begin.ts';
import { signupRewardFacts } from './facts.ts';
import { fraudFacts } from './fraud-facts.ts';
import { refuseEvent } from './refuse.ts';
import { grantRewards } from './rewards.ts';
import { type LockedSignup, lockSignup, signupFacts } from './signup-facts.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/**
 * Decides a signup: who referred it, whether it may be trusted, and what it earns. On record afterwards: the referred
 * member, the referral in stage signed_up, in_review or rejected, and its rewards; or, when it is refused, only the refusal.
 */
export async function signUp(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  try {
    return await trySignUp(deps, ref);
  } catch (error) {
    // Another workflow signed the same member up at the same time; now it is on record, and this one is refused.
    if (!errorCodes(error).includes(UNIQUE_VIOLATION)) throw error;
    return await trySignUp(deps, ref);
  }
}

/** Refusals that say no more than that nobody is to be credited. */
const UNREFERRED: ReadonlySet<RefusalCode> = new Set([
  'no_attribution',
  'outside_window',
  'code_unknown',
  'link_inactive',
  'link_expired',
  'invitation_used',
]);

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

function trySignUp(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const signup = await lockSignup(tx, ref);
    if (signup?.programStatus === 'paused') await waitForProgram(tx, ref);
    else if (signup !== null) {
      const policyVersion = signup.invitation?.policyVersion ?? signup.latestPolicyVersion;
      const policy = await deps.policies.load(tx, ref.programId, policyVersion);
      return await decide(tx, signup, policy, policyVersion);
    }
    return await readSnapshot(tx, ref);
  });
}

async function decide(
  tx: Tx,
  signup: LockedSignup,
  policy: Policy,
  policyVersion: number,
): Promise<ReferralSnapshot> {
  const { ref, subject, payload } = signup;
  if (!takesSignup(signup)) {
    return await refuseEvent(tx, signup, refuse('program_not_live', 'The program takes no new referrals.'));
  }
  const referredId = signup.referredId ?? nameId('member', ref.programId, subject);
  const won = attribute(policy.attribution, signupFacts(signup, referredId));
  if (!won.ok) {
    // Whoever came by themselves may earn points for it all the same.
    if (signup.engages && UNREFERRED.has(won.code)) await tellActed(tx, ref.programId, ref.eventId);
    return await refuseEvent(tx, signup, won);
  }
  if (signup.invitation !== null && isEnd(signup.invitation.stage as ReferralStage)) {
    return await refuseEvent(tx, signup, refuse('link_expired', 'The invitation has ended.'));
  }
  const email = payload.email === undefined ? null : normalizeEmail(payload.email);
  if (email !== null && !email.ok) return await refuseEvent(tx, signup, email);
  const facts = await fraudFacts(tx, signup, won.referrer_id, email?.value ?? null);
  const judgement = judge(policy.fraud, facts);
  const step = { allow: 'sign_up', review: 'review', deny: 'reject' } as const;
  const before = (signup.invitation?.stage ?? null) as ReferralStage | null;
  const stage = must(next(before, step[judgement.verdict]));
  return await admit(tx, { signup, policy, policyVersion, referredId, won, judgement, stage });
}

/** An end lets in what had come before it. */
const takesSignup = ({ programStatus, cameInTime }: LockedSignup): boolean =>
  programStatus === 'live' || (programStatus === 'ended' && cameInTime);

/** How a signup is announced, by what the fraud rules say. */
const MESSAGE_TYPES = {
  allow: 'referral.signed_up',
  review: 'referral.in_review',
  deny: 'referral.rejected',
} as const;

async function admit(tx: Tx, admission: Admission): Promise<ReferralSnapshot> {
  const { signup, policy, policyVersion, referredId, won, judgement, stage } = admission;
  const { ref, at_ms } = signup;
  const facts = stage === 'signed_up' ? await factsOf(tx, admission) : null;
  const decisions = facts === null ? [] : decideRewards(policy, 'signed_up', facts);
  const begun = beginning(admission);
  // What the signup earns is posted before the rest is written, and the ledger knows only members that are there.
  if (decisions.some(({ granted }) => granted)) await tx.$executeRaw`WITH ${begun.member} SELECT FROM member`;
  const granted = await grantRewards(tx, { ref, policy, policyVersion, occurred_at_ms: at_ms }, decisions);
  const denied = stage === 'rejected';
  const type = MESSAGE_TYPES[judgement.verdict];
  const after = await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    begun: begun.all,
    rewards: granted.rows,
    outbox: [
      {
        key: `${type}:${ref.referralId}`,
        subject: `referral:${ref.referralId}`,
        // Whose signup counts is concerned too; one that is denied or in review is not told of it.
        members: stage === 'signed_up' ? [won.referrer_id, referredId] : [won.referrer_id],
        type,
        payload: {
          referralId: ref.referralId,
          referrerId: won.referrer_id,
          referredId,
          eventId: ref.eventId,
        },
      },
      ...granted.messages,
    ],
    decided: {
      eventId: ref.eventId,
      subject: signup.subject,
      outcome: {
        decision: denied ? 'refused' : 'accepted',
        ...(denied && {
          code: 'fraud_denied' as const,
          message: 'The signup was refused by the program’s fraud rules.',
        }),
        referralId: ref.referralId,
        stage,
        rewards: granted.outcomes,
        trace: { attributed_by: won.by, reason: won.reason, considered: won.considered, fraud: judgement },
      },
    },
  });
  if (signup.engages && stage === 'signed_up') await tellActed(tx, ref.programId, ref.eventId);
  return after;
}

function factsOf(tx: Tx, { signup, policy, won, referredId }: Admission) {
  return signupRewardFacts(tx, {
    programId: signup.ref.programId,
    policy,
    referrerId: won.referrer_id,
    referredId,
    occurred_at_ms: signup.at_ms,
    now_ms: signup.ref.now_ms,
  });
}
