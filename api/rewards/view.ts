import type { z } from 'zod';
import type { Reward } from '../../prisma/generated/client.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import type { rewardAnswer } from './schema.ts';

export const rewardView = (row: Reward): z.infer<typeof rewardAnswer> => ({
  id: row.id,
  source: row.source,
  referralId: row.referralId,
  memberId: row.memberId,
  eventId: row.eventId,
  ruleId: row.ruleId,
  policyVersion: row.policyVersion,
  kind: row.kind,
  label: row.label,
  amount: row.unit === null ? null : moneyJsonOf(row.amountMinor, row.unit),
  reversed: row.unit === null ? null : moneyJsonOf(row.reversedMinor, row.unit),
  status: row.status,
  heldBy: row.status === 'held' ? row.heldBy : null,
  takenBackBy: row.takenBackBy,
  grantedAt: iso(row.grantedAt),
  maturesAt: iso(row.maturesAt),
  expiresAt: isoOrNull(row.expiresAt),
  createdAt: iso(row.createdAt),
});
