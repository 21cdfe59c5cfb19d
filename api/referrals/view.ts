import type { z } from 'zod';
import type { Referral } from '../../prisma/generated/client.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { referralAnswer } from './schema.ts';

export const referralView = (row: Referral): z.infer<typeof referralAnswer> => ({
  id: row.id,
  linkId: row.linkId,
  referrerId: row.referrerId,
  referredId: row.referredId,
  policyVersion: row.policyVersion,
  stage: row.stage,
  reason: row.reason,
  verdict: row.verdict,
  issuedAt: iso(row.issuedAt),
  signedUpAt: isoOrNull(row.signedUpAt),
  // What had qualified one that is signed up was refunded, or did not count by its number any more.
  qualifiedAt: row.stage === 'signed_up' || row.stage === 'expired' ? null : isoOrNull(row.qualifiedAt),
  dueAt: isoOrNull(row.dueAt),
  endedAt: isoOrNull(row.endedAt),
  createdAt: iso(row.createdAt),
});
