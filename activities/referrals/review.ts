import { next } from '../../domain/referrals/referral.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { pointRecountOf } from '../../engine/points/recount.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { withCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { factsOfSignup } from './facts.ts';
import { referredOf } from './referred.ts';
import { refuseEvent } from './refuse.ts';
import { grantRewards } from './rewards.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Carries out an operator's decision on a referral in review. An approval grants what the signup would have
 * earned. Returns the referral's new snapshot.
 */
export function decideReview(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, endReview);
}

async function endReview(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const { ref, referral, policy } = event;
  const approved = event.type === 'review.approved';
  const stage = next(referral.stage, approved ? 'approve' : 'reject');
  if (!stage.ok) return await refuseEvent(tx, event, stage);
  const facts = await factsOfSignup(tx, await withCounts(tx, event));
  const { occurred_at_ms } = facts;
  const decisions = approved ? decideRewards(policy, 'signed_up', facts) : [];
  const grantor = { ref, policy, policyVersion: referral.policyVersion, occurred_at_ms };
  const granted = await grantRewards(tx, grantor, decisions);
  if (approved && event.engages) await tellPoints(tx, event);
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage: stage.value,
    reason: approved ? null : 'operator_refused',
    ended_at_ms: approved ? null : ref.now_ms,
    rewards: granted.rows,
    outbox: [reviewMessage(event, approved), ...granted.messages],
    decided: {
      eventId: ref.eventId,
      // Events that waited for this review are the referred member's.
      subject: await referredOf(tx, event),
      outcome: {
        decision: 'accepted',
        referralId: ref.referralId,
        stage: stage.value,
        rewards: granted.outcomes,
      },
    },
  });
}

function reviewMessage({ ref, type, referral }: LockedEvent, approved: boolean): OutboxMessage {
  const { referralId, eventId } = ref;
  const { referrerId, referredId } = referral;
  return {
    key: `${type}:${referralId}`,
    subject: `referral:${referralId}`,
    members: [referrerId],
    type: approved ? 'referral.signed_up' : 'referral.rejected',
    payload: { referralId, referrerId, referredId, eventId },
  };
}

/** Counts the signup for its member, now that it is trusted, and has asked again what counted before it. */
async function tellPoints(tx: Tx, event: LockedEvent): Promise<void> {
  await tellSignup(tx, event);
  const { programId, eventId: by, now_ms } = event.ref;
  const { referredId: memberId } = event.referral;
  // Whoever counts an action of the member meanwhile is waited for by the command, and not here.
  if (memberId !== null) await callWorkflows(tx, [pointRecountOf({ programId, memberId, by, now_ms })]);
}

async function tellSignup(tx: Tx, { ref, referral }: LockedEvent): Promise<void> {
  const [signup] = await tx.$queryRaw<{ id: string }[]>`
    SELECT e.id::text
    FROM events e JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
    WHERE m.program_id = ${ref.programId}::uuid AND m.id = ${referral.referredId}::uuid AND e.type = 'signup'
      AND e.state = 'decided' AND e.outcome->>'referralId' = ${ref.referralId}
      AND e.outcome->>'decision' = 'accepted'
    ORDER BY e.seq LIMIT 1`;
  if (signup !== undefined) await tellActed(tx, ref.programId, signup.id);
}
