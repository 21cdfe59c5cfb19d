import { reservePosting } from '../../domain/ledger/postings.ts';
import { blockedRefusal } from '../../domain/members/block.ts';
import { type Approval, judgeApproval } from '../../domain/redemptions/approval.ts';
import { nextRedemption, type RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import { must, type Refusal, type Result, refuse } from '../../domain/refusal.ts';
import { addDays } from '../../domain/time.ts';
import { isBlocked } from '../../engine/members/blocked.ts';
import { redemptionIn } from '../../engine/policies/earlier-unit.ts';
import { latestPolicyVersion } from '../../engine/policies/latest.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { approvalFacts, lockMemberRedemptions } from './risk.ts';
import type { LockedRedemption, RedemptionEventRef, RedemptionSnapshot } from './snapshot.ts';
import { takeRedemptionStep } from './step.ts';
import { pickItem, take } from './stock.ts';
import { writeRedemption } from './write.ts';

/**
 * Sets aside the redemption's amount and the unit of stock or coupon that it is for, or refuses it. The
 * policy in force then gives the turn to the provider or to an operator.
 */
export function reserveRedemption(deps: ActivityDeps, ref: RedemptionEventRef): Promise<RedemptionSnapshot> {
  return takeRedemptionStep(deps, ref, async (tx, redemption) => {
    const version = await versionInForce(tx, ref.programId);
    const inForce = await deps.policies.load(tx, ref.programId, version);
    const policy = await redemptionIn(tx, ref.programId, redemption.unit, inForce);
    await lockMemberRedemptions(tx, ref.programId, redemption.memberId);
    const approval = judgeApproval(policy, await approvalFacts(tx, ref, redemption, policy));
    const reserved = await reserve(tx, ref, redemption);
    if (reserved.ok) await accept(tx, ref, redemption, approval, addDays(ref.now_ms, policy.approval_days));
    else await turnDown(tx, ref, redemption, reserved);
  });
}

/**
 * Reserves everything that the redemption takes, or nothing. Locks stock before balances, as giving back
 * does.
 */
async function reserve(tx: Tx, ref: RedemptionEventRef, redemption: LockedRedemption): Promise<Result<void>> {
  if (await isBlocked(tx, ref.programId, redemption.memberId)) return blockedRefusal;
  const picked = await pickItem(tx, ref, redemption);
  if (!picked.ok) return picked;
  const result = await post(tx, ref.programId, [
    reservePosting({
      key: `reserve:${ref.redemptionId}`,
      unit: redemption.unit,
      amount_minor: redemption.amount_minor,
      memberId: redemption.memberId,
      occurred_at_ms: ref.now_ms,
    }),
  ]);
  if (!result.ok && result.code !== 'floor_reached') {
    throw new Error(`reserve ${ref.redemptionId} was refused: ${result.code}`);
  }
  if (!result.ok) return refuse('insufficient_balance', 'The available balance is smaller than the amount.');
  await take(tx, ref, picked.value);
  return { ok: true, value: undefined };
}

async function accept(
  tx: Tx,
  ref: RedemptionEventRef,
  redemption: LockedRedemption,
  approval: Approval,
  due_at_ms: number,
): Promise<void> {
  const status = statusAfter(redemption.status, approval.who);
  const outcome = { decision: 'accepted' as const, stage: status };
  const decided = { eventId: ref.eventId, outcome };
  await writeRedemption(tx, ref, redemption, { status, due_at_ms, approval, decided });
}

async function turnDown(
  tx: Tx,
  ref: RedemptionEventRef,
  redemption: LockedRedemption,
  { code, message }: Refusal,
): Promise<void> {
  const status = must(nextRedemption(redemption.status, 'refuse'));
  const outcome = { decision: 'refused' as const, code, message, stage: status };
  const decided = { eventId: ref.eventId, outcome };
  await writeRedemption(tx, ref, redemption, { status, reason: code, decided });
}

function statusAfter(status: RedemptionStatus, who: 'auto' | 'operator'): RedemptionStatus {
  return must(
    nextRedemption(must(nextRedemption(status, 'reserve')), who === 'auto' ? 'pay' : 'await_approval'),
  );
}

async function versionInForce(tx: Tx, programId: string): Promise<number> {
  const version = await latestPolicyVersion(tx, programId);
  if (version === null) throw new Error(`program ${programId} has no policy`);
  return version;
}
