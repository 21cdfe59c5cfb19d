import type { MoneyJson } from '../../domain/money.ts';
import type { Link, Member, Program } from '../../prisma/generated/client.ts';
import { statusNow } from '../cache/programs.ts';

/** RFC 3339 in UTC, as every time on the wire. */
export const iso = (date: Date): string => date.toISOString();
export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

export const moneyJsonOf = (minor: bigint, unit: string): MoneyJson => ({ minor: minor.toString(), unit });

/** A program as it is at a moment, whether or not the schedule has written it down. */
export const programView = (row: Program, now_ms: number) => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  status: statusNow(row, now_ms),
  startsAt: isoOrNull(row.startsAt),
  endsAt: isoOrNull(row.endsAt),
  statusAt: iso(row.statusAt),
  statusBy: row.statusBy,
  timeZone: row.timeZone,
  allowedHosts: row.allowedHosts,
  defaultDestination: row.defaultDestination,
  createdAt: iso(row.createdAt),
});

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

export const linkView = (row: Link, publicUrl: string) => ({
  id: row.id,
  memberId: row.memberId,
  code: row.code,
  url: `${publicUrl.replace(/\/$/, '')}/r/${row.code}`,
  kind: row.kind,
  status: row.status,
  campaign: row.campaign,
  destination: row.destination,
  expiresAt: isoOrNull(row.expiresAt),
  createdAt: iso(row.createdAt),
});
