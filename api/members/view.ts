import type { z } from 'zod';
import type { Member } from '../../prisma/generated/client.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { memberAnswer } from './schema.ts';

export const memberView = (row: Member): z.infer<typeof memberAnswer> => ({
  id: row.id,
  externalId: row.externalId,
  email: row.email,
  referralCode: row.referralCode,
  locale: row.locale,
  timeZone: row.timeZone,
  displayName: row.displayName,
  qualifiedReferrals: row.qualifiedReferrals,
  signedUpAt: isoOrNull(row.signedUpAt),
  createdAt: iso(row.createdAt),
});
