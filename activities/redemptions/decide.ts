import { blockedRefusal } from '../../domain/members/block.ts';
import { nextRedemption, type RedemptionStep } from '../../domain/redemptions/redemption.ts';
import type { OpenEvent } from '../../engine/events/lock.ts';
import { isBlocked } from '../../engine/members/blocked.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { closeHold } from './hold.ts';
import type { LockedRedemption, RedemptionEventRef, RedemptionSnapshot } from './snapshot.ts';
import { takeRedemptionStep } from './step.ts';
import { writeRedemption } from './write.ts';

const STEPS: Readonly<Record<string, RedemptionStep>> = {
  'redemption.approved': 'approve',
  'redemption.rejected': 'reject',
  'redemption.cancelled': 'cancel',
  'redemption.paid': 'settle',
  'redemption.failed': 'release',
};

/**
 * Carries out an operator's word: approve, reject, or say how a payout ended whose end was not known; or the
 * member's, who cancels. What a blocked member asked for is not approved.
 */
export function decideRedemption(deps: ActivityDeps, ref: RedemptionEventRef): Promise<RedemptionSnapshot> {
  return takeRedemptionStep(deps, ref, (tx, redemption, event) => carryOut(tx, ref, redemption, event));
}

async function carryOut(
  tx: Tx,
  ref: RedemptionEventRef,
  redemption: LockedRedemption,
  event: OpenEvent,
): Promise<void> {
  const step = STEPS[event.type];
  if (step === undefined) throw new Error(`no step for events of type ${event.type}`);
  // An operator may say how a payout ended only once they were asked.
  const byProvider = redemption.status === 'paying' && (step === 'settle' || step === 'release');
  const next = byProvider ? nextRedemption('reserved', step) : nextRedemption(redemption.status, step);
  const isBarred = step === 'approve' && (await isBlocked(tx, ref.programId, redemption.memberId));
  const status = next.ok && isBarred ? blockedRefusal : next;
  if (!status.ok) {
    const { code, message } = status;
    const outcome = { decision: 'refused' as const, code, message, stage: redemption.status };
    return await writeRedemption(tx, ref, redemption, {
      status: redemption.status,
      reason: redemption.reason,
      decided: { eventId: ref.eventId, outcome },
    });
  }
  const isMembers = step === 'cancel';
  await closeHold(tx, ref, redemption, status.value);
  await writeRedemption(tx, ref, redemption, {
    status: status.value,
    reason: status.value === 'released' ? (isMembers ? 'member_cancelled' : 'operator_refused') : null,
    providerRef: event.payload['providerRef'] ?? null,
    approvedBy: isMembers ? null : (event.payload['actor'] ?? null),
    decided: { eventId: ref.eventId, outcome: { decision: 'accepted', stage: status.value } },
  });
}
