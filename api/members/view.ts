import type { z } from 'zod';
import { hostIdOf } from '../../domain/members/host-id.ts';
import type { MemberRow } from '../../engine/members/row.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { memberAnswer } from './schema.ts';

/** Shows a member to a key, which needs `emails:read` to see an address. */
export const memberView = (row: MemberRow, principal: Principal): z.infer<typeof memberAnswer> => ({
  id: row.id,
  externalId: hostIdOf(row),
  email: allows(principal, 'emails:read') ? row.email : null,
  referralCode: row.referralCode,
  locale: row.locale,
  timeZone: row.timeZone,
  displayName: row.displayName,
  qualifiedReferrals: row.qualifiedReferrals,
  blockedAt: isoOrNull(row.blockedAt),
  blockedReason: row.blockedReason,
  erasedAt: isoOrNull(row.erasedAt),
  signedUpAt: isoOrNull(row.signedUpAt),
  createdAt: iso(row.createdAt),
});
