import type { z } from 'zod';
import { toJson } from '../../domain/money.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import type { Redemption, RedemptionAttempt } from '../../prisma/generated/client.ts';
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
