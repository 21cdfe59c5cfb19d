import type { AchievementRule } from '../../domain/points/policy.ts';
import { grantToMember } from '../../engine/rewards/grant.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';

/** An award whose benefit was not granted yet. */
interface OwedAward {
  readonly id: string;
  readonly achievement: string;
  readonly number: number;
  readonly policyVersion: number;
  readonly eventId: string;
  readonly reachedAt: Date;
}

/**
 * Grants the benefit that the member's next award still owes, in one transaction. Returns whether there was
 * one.
 */
export function settleNext(deps: ActivityDeps, ref: MemberRef): Promise<boolean> {
  const { programId, memberId } = ref;
  return inTransaction(deps, async (tx) => {
    const [award] = await tx.$queryRaw<OwedAward[]>`
      SELECT id::text, achievement, number, policy_version AS "policyVersion", event_id::text AS "eventId",
        reached_at AS "reachedAt"
      FROM achievement_awards
      WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND status = 'earned'
      ORDER BY created_at, id LIMIT 1 FOR UPDATE`;
    if (award === undefined) return false;
    const { points } = await deps.policies.load(tx, programId, award.policyVersion);
    const rule = points?.achievements.find(({ id }) => id === award.achievement);
    if (rule === undefined) throw new Error(`award ${award.id} is of an achievement that its policy lacks`);
    await settle(tx, ref, award, rule);
    return true;
  });
}

async function settle(
  tx: Tx,
  ref: MemberRef,
  award: OwedAward,
  { benefit, name }: AchievementRule,
): Promise<void> {
  // Points were granted when the achievement was earned.
  if (benefit.kind === 'points') throw new Error(`the points of award ${award.id} were never posted`);
  const granted = await grantToMember(tx, {
    ...ref,
    key: `achievement:${award.achievement}:${ref.memberId}:${award.number}`,
    source: 'achievement',
    ruleId: award.achievement,
    policyVersion: award.policyVersion,
    benefit:
      benefit.kind === 'credit'
        ? { kind: 'fixed', amount: benefit.amount }
        : { kind: benefit.kind, label: benefit.label },
    hold_days: 0,
    expires_days: null,
    occurred_at_ms: award.reachedAt.getTime(),
    trace: { achievement: award.achievement, name, awardId: award.id, eventId: award.eventId },
  });
  await tx.achievementAward.update({
    where: { programId_id: { programId: ref.programId, id: award.id } },
    data: granted.ok
      ? { status: 'granted', rewardId: granted.value.rewardId }
      : { status: 'refused', code: granted.code },
    select: { id: true },
  });
}
