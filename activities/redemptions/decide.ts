import { nextRedemption, type RedemptionStep } from '../../domain/redemptions/redemption.ts';
import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { closeHold } from './hold.ts';
import {
  type LockedRedemption,
  lockRedemption,
  type RedemptionEventRef,
  type RedemptionSnapshot,
  readRedemption,
} from './snapshot.ts';
import { writeRedemption } from './write.ts';

const STEPS: Readonly<Record<string, RedemptionStep>> = {
  'redemption.approved': 'approve',
  'redemption.rejected': 'reject',
  'redemption.paid': 'settle',
  'redemption.failed': 'release',
};

/** Carries out an operator's word: approve, reject, or say how a payout ended whose end was not known. */
export function decideRedemption(deps: ActivityDeps, ref: RedemptionEventRef): Promise<RedemptionSnapshot> {
  return inTransaction(deps, async (tx) => {
    const event = await lockOpenEvent(tx, ref);
    if (event !== null) await carryOut(tx, ref, event, await lockRedemption(tx, ref));
    return await readRedemption(tx, ref);
  });
}

async function carryOut(
  tx: Tx,
  ref: RedemptionEventRef,
  event: OpenEvent,
  redemption: LockedRedemption,
): Promise<void> {
  const step = STEPS[event.type];
  if (step === undefined) throw new Error(`no step for events of type ${event.type}`);
  // An operator may say how a payout ended only once they were asked.
  const byProvider = redemption.status === 'paying' && (step === 'settle' || step === 'release');
  const status = byProvider ? nextRedemption('reserved', step) : nextRedemption(redemption.status, step);
  if (!status.ok) {
    const { code, message } = status;
    const outcome = { decision: 'refused' as const, code, message, stage: redemption.status };
    return await writeRedemption(tx, ref, redemption, {
      status: redemption.status,
      reason: redemption.reason,
      decided: { eventId: ref.eventId, outcome },
    });
  }
  await closeHold(tx, ref, redemption, status.value);
  await writeRedemption(tx, ref, redemption, {
    status: status.value,
    reason: status.value === 'released' ? 'operator_refused' : null,
    providerRef: event.payload['providerRef'] ?? null,
    approvedBy: event.payload['actor'] ?? null,
    decided: { eventId: ref.eventId, outcome: { decision: 'accepted', stage: status.value } },
  });
}
