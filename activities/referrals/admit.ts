import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { recountMember } from '../../engine/points/recount.ts';
import { noteAskedUntil } from '../../engine/referrals/recount.ts';
import type { Tx } from '../../prisma/client.ts';
import { keepAsked } from './asked.ts';
import { type Admission, beginning } from './begin.ts';
import { claimTraces } from './claim-traces.ts';
import { signupRewardFacts } from './facts.ts';
import { type GrantedRewards, grantRewards } from './rewards.ts';
import type { ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/** Writes an attributed and judged signup: its member, its referral, what it earns, and the decision. */
export async function admitSignup(tx: Tx, admission: Admission): Promise<ReferralSnapshot> {
  const { signup, policy, policyVersion, stage } = admission;
  const { ref, subject, at_ms, engages } = signup;
  const facts = stage === 'signed_up' ? await signupFactsOf(tx, admission) : null;
  const decisions = facts === null ? [] : decideRewards(policy, 'signed_up', facts);
  const begun = beginning(tx, admission);
  // What the signup earns is posted before the rest is written, and the ledger knows only members that are
  // there.
  if (decisions.some(({ granted }) => granted)) await tx.$executeRaw`WITH ${begun.member} SELECT FROM member`;
  const rewards = await grantRewards(tx, { ref, policy, policyVersion, occurred_at_ms: at_ms }, decisions);
  const after = await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    begun: begun.all,
    rewards: rewards.rows,
    outbox: [messageOf(admission), ...rewards.messages],
    decided: { eventId: ref.eventId, subject, outcome: outcomeOf(admission, rewards) },
  });
  if (facts?.countThen !== undefined) await noteSignup(tx, admission, facts.countThen);
  if (engages) await tellPoints(tx, admission);
  return after;
}

/** Counts the signup for its member, and has what a member who was known before did asked again with it. */
async function tellPoints(tx: Tx, { signup, stage, referredId: memberId }: Admission): Promise<void> {
  const { programId, eventId: by, now_ms } = signup.ref;
  if (stage === 'signed_up') await tellActed(tx, programId, by);
  if (signup.referredId !== null) await recountMember(tx, { programId, memberId, by, now_ms });
}

const signupFactsOf = (tx: Tx, { signup, policy, won, referredId }: Admission): Promise<RewardFacts | null> =>
  signupRewardFacts(tx, {
    programId: signup.ref.programId,
    referralId: signup.ref.referralId,
    policy,
    referrerId: won.referrerId,
    referredId,
    occurred_at_ms: signup.at_ms,
    now_ms: signup.ref.now_ms,
  });

/** Notes by which of the referrer's counts rules on the signup were asked. */
async function noteSignup(tx: Tx, { signup, won }: Admission, others: number): Promise<void> {
  const { ref, at_ms } = signup;
  await keepAsked(tx, ref, [{ id: ref.referralId, at_ms, others, own: false }]);
  await noteAskedUntil(tx, ref.programId, won.referrerId, at_ms);
}

/** How a signup is announced, by what the fraud rules say. */
const MESSAGE_TYPES = {
  allow: 'referral.signed_up',
  review: 'referral.in_review',
  deny: 'referral.rejected',
} as const;

function messageOf({ signup, stage, won, referredId, judgement }: Admission): OutboxMessage {
  const { referralId, eventId } = signup.ref;
  const type = MESSAGE_TYPES[judgement.verdict];
  return {
    key: `${type}:${referralId}`,
    subject: `referral:${referralId}`,
    // A member whose signup counts is notified too, but not about a denial or a review.
    members: stage === 'signed_up' ? [won.referrerId, referredId] : [won.referrerId],
    type,
    payload: { referralId, referrerId: won.referrerId, referredId, eventId },
  };
}

function outcomeOf({ signup, stage, mark, won, judgement }: Admission, rewards: GrantedRewards): Outcome {
  const denied = {
    decision: 'refused',
    code: 'fraud_denied',
    message: 'The signup was refused by the program’s fraud rules.',
  } as const;
  return {
    ...(stage === 'rejected' ? denied : { decision: 'accepted' }),
    referralId: signup.ref.referralId,
    stage,
    ...mark,
    rewards: rewards.outcomes,
    trace: {
      attributed_by: won.by,
      reason: won.reason,
      considered: claimTraces(won.considered),
      fraud: judgement,
    },
  };
}
