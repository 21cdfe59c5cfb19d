import type { Policy } from '../../domain/policies/policy.ts';
import type { ApprovalFacts } from '../../domain/redemptions/approval.ts';
import type { CatalogueKind } from '../../domain/redemptions/methods.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedRedemption, RedemptionRef } from './snapshot.ts';

/**
 * Puts a member's redemptions in order until the transaction ends, so that limits and sums also hold for
 * several at once.
 */
export async function lockMemberRedemptions(tx: Tx, programId: string, memberId: string): Promise<void> {
  const name = `redeem ${programId} ${memberId}`;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
}

/** What the approval rules look at. Asks the database only what the policy needs. */
export async function approvalFacts(
  tx: Tx,
  ref: RedemptionRef,
  redemption: LockedRedemption,
  policy: Policy['redemption'],
): Promise<ApprovalFacts> {
  const { unit, amount_minor } = redemption;
  const risk = policy.approval?.risk;
  const isSummed = risk?.day_max.some((max) => max.unit === unit) ?? false;
  return {
    kind: await kindOf(tx, ref, redemption.itemId),
    amount: { minor: amount_minor, unit },
    fraud_score:
      (risk?.fraud_score_at ?? null) === null ? 0 : await highestScore(tx, ref, redemption.memberId),
    account_days:
      (risk?.account_days_min ?? null) === null ? 0 : await accountDays(tx, ref, redemption.memberId),
    day_minor: isSummed ? amount_minor + (await sumOfDay(tx, ref, redemption)) : amount_minor,
  };
}

async function kindOf(
  tx: Tx,
  { programId }: RedemptionRef,
  itemId: string | null,
): Promise<CatalogueKind | null> {
  if (itemId === null) return null;
  const where = { programId_id: { programId, id: itemId } };
  return (await tx.catalogueItem.findUniqueOrThrow({ where, select: { kind: true } })).kind;
}

/** Referrals that were refused or reviewed count as well: who tries is not trusted. */
async function highestScore(tx: Tx, { programId }: RedemptionRef, memberId: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ score: number }[]>`
    SELECT coalesce(max((signals->>'score')::int), 0)::int AS score FROM referrals
    WHERE program_id = ${programId}::uuid AND referrer_id = ${memberId}::uuid AND signals IS NOT NULL`;
  return row?.score ?? 0;
}

async function accountDays(tx: Tx, { programId, now_ms }: RedemptionRef, memberId: string): Promise<number> {
  const { signedUpAt, createdAt } = await tx.member.findUniqueOrThrow({
    where: { programId_id: { programId, id: memberId } },
    select: { signedUpAt: true, createdAt: true },
  });
  return Math.max(0, Math.floor((now_ms - (signedUpAt ?? createdAt).getTime()) / DAY_MS));
}

async function sumOfDay(
  tx: Tx,
  { programId, redemptionId, now_ms }: RedemptionRef,
  { memberId, unit }: LockedRedemption,
): Promise<bigint> {
  const { _sum } = await tx.redemption.aggregate({
    where: {
      programId,
      memberId,
      unit,
      id: { not: redemptionId },
      status: { notIn: ['requested', 'refused', 'released'] },
      createdAt: { gt: new Date(now_ms - DAY_MS) },
    },
    _sum: { amountMinor: true },
  });
  return _sum.amountMinor ?? 0n;
}
