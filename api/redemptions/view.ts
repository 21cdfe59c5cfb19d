import type { z } from 'zod';
import { toJson } from '../../domain/money.ts';
import type { Approval } from '../../domain/redemptions/approval.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import type { Redemption, RedemptionAttempt } from '../../prisma/generated/client.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import type { attemptAnswer, redemptionAnswer } from './schema.ts';

export const redemptionView = (row: Redemption): z.infer<typeof redemptionAnswer> => ({
  id: row.id,
  memberId: row.memberId,
  amount: moneyJsonOf(row.amountMinor, row.unit),
  itemId: row.itemId,
  fee: moneyJsonOf(row.feeMinor, row.unit),
  payout: toJson(payoutAmount(row)),
  method: row.method,
  batchId: row.batchId,
  status: row.status,
  reason: row.reason,
  providerRef: row.providerRef,
  approvedBy: row.approvedBy,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
});

export const attemptView = (row: RedemptionAttempt): z.infer<typeof attemptAnswer> => ({
  method: row.method,
  askedAt: iso(row.askedAt),
  answeredAt: isoOrNull(row.answeredAt),
  result: row.result,
  reason: row.reason,
  providerRef: row.providerRef,
});

/**
 * Who approves a redemption and why. The fraud score adds up the policy's weights, and stays out for a key
 * that may not read policies.
 */
export const approvalView = (approval: Approval | null, principal: Principal): Approval | null =>
  approval === null || allows(principal, 'policies:read')
    ? approval
    : {
        ...approval,
        steps: approval.steps.map((step) => (step.step === 'fraud_score' ? { ...step, result: null } : step)),
      };
