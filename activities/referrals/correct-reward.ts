import type { RewardCorrection } from '../../domain/rewards/correction.ts';
import { correctReward } from '../../engine/rewards/correct.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';
import { settledStage } from './mature.ts';
import { refuseEvent } from './refuse.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Carries out an operator's word on a reward of this referral: takes it back, holds it or releases it. A
 * referral whose last held reward is taken back has nothing left to mature. Returns the referral's new
 * snapshot.
 */
export function correctReferralReward(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, correct);
}

async function correct(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const { ref, referral, type, occurred_at_ms, payload } = event;
  const { programId, referralId, eventId } = ref;
  const corrected = await correctReward(tx, {
    programId,
    rewardId: String(payload['rewardId']),
    // The step for no other type comes here.
    type: type as RewardCorrection,
    eventId,
    occurred_at_ms,
  });
  if (!corrected.ok) return await refuseEvent(tx, event, corrected);
  const stage = await settledStage(tx, ref, referral.stage);
  return await writeChange(tx, {
    programId,
    referralId,
    stage: stage === referral.stage ? null : stage,
    reason: referral.reason,
    rewards: [],
    outbox: [corrected.value],
    decided: { eventId, subject: null, outcome: { decision: 'accepted', referralId, stage } },
  });
}
