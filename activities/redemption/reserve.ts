import { reservePosting } from '../../domain/postings.ts';
import { approvalFor, nextRedemption, type RedemptionStatus } from '../../domain/redemption.ts';
import { must, refuse } from '../../domain/refusal.ts';
import { addDays } from '../../domain/time.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { inTransaction } from '../transaction.ts';
import { lockOpenEvent } from './event.ts';
import {
  type LockedRedemption,
  lockRedemption,
  type RedemptionEventRef,
  type RedemptionSnapshot,
  readRedemption,
} from './snapshot.ts';
import { writeRedemption } from './write.ts';

/**
 * Sets the redemption's amount aside, or refuses it when the balance has not enough; then it is the provider's turn, or an
 * operator's, by the policy in force.
 */
export function reserveRedemption(deps: ActivityDeps, ref: RedemptionEventRef): Promise<RedemptionSnapshot> {
  return inTransaction(deps, async (tx) => {
    if ((await lockOpenEvent(tx, ref)) !== null) {
      const redemption = await lockRedemption(tx, ref);
      const version = await latestPolicyVersion(tx, ref.programId);
      const policy = await deps.policies.load(tx, ref.programId, version);
      const who = approvalFor(policy.redemption, { minor: redemption.amount_minor, unit: redemption.unit });
      await reserve(tx, ref, redemption, who, addDays(ref.now_ms, policy.redemption.approval_days));
    }
    return await readRedemption(tx, ref);
  });
}

async function reserve(
  tx: Tx,
  ref: RedemptionEventRef,
  redemption: LockedRedemption,
  who: 'auto' | 'operator',
  due_at_ms: number,
): Promise<void> {
  const posted = await post(tx, ref.programId, [
    reservePosting({
      key: `reserve:${ref.redemptionId}`,
      unit: redemption.unit,
      amount_minor: redemption.amount_minor,
      memberId: redemption.member_id,
      occurred_at_ms: ref.now_ms,
    }),
  ]);
  if (!posted.ok && posted.code !== 'floor_reached')
    throw new Error(`reserve ${ref.redemptionId} was refused: ${posted.code}`);
  if (!posted.ok) {
    const { code, message } = refuse(
      'insufficient_balance',
      'The available balance is smaller than the amount.',
    );
    const status = must(nextRedemption(redemption.status, 'refuse'));
    const outcome = { decision: 'refused' as const, code, message, stage: status };
    return await writeRedemption(tx, ref, redemption, {
      status,
      reason: code,
      decided: { eventId: ref.eventId, outcome },
    });
  }
  const status = statusAfter(redemption.status, who);
  const outcome = { decision: 'accepted' as const, stage: status };
  await writeRedemption(tx, ref, redemption, {
    status,
    due_at_ms,
    decided: { eventId: ref.eventId, outcome },
  });
}

function statusAfter(status: RedemptionStatus, who: 'auto' | 'operator'): RedemptionStatus {
  return must(
    nextRedemption(must(nextRedemption(status, 'reserve')), who === 'auto' ? 'pay' : 'await_approval'),
  );
}

async function latestPolicyVersion(tx: Tx, programId: string): Promise<number> {
  const { _max } = await tx.policyVersion.aggregate({ where: { programId }, _max: { version: true } });
  if (_max.version === null) throw new Error(`program ${programId} has no policy`);
  return _max.version;
}
