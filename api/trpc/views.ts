import type { MoneyJson } from '../../domain/money.ts';
import type { Member } from '../../prisma/generated/client.ts';

/** RFC 3339 in UTC, as every time on the wire. */
export const iso = (date: Date): string => date.toISOString();
export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

export const moneyJsonOf = (minor: bigint, unit: string): MoneyJson => ({ minor: minor.toString(), unit });

export const memberView = (row: Member) => ({
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
