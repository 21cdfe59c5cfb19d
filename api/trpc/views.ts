import { type MoneyJson, toJson } from '../../domain/money.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import type {
  Event,
  Link,
  Member,
  Program,
  Redemption,
  RedemptionAttempt,
  Referral,
  Reward,
} from '../../prisma/generated/client.ts';
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

export const eventView = (row: Event) => ({
  id: row.id,
  key: row.key,
  type: row.type,
  subject: row.subject,
  refundOf: row.refundOf,
  value: row.valueMinor === null || row.unit === null ? null : moneyJsonOf(row.valueMinor, row.unit),
  occurredAt: iso(row.occurredAt),
  receivedAt: iso(row.receivedAt),
  state: row.state,
  attempts: row.attempts,
  reason: row.reason,
  outcome: row.outcome as Outcome | null,
  decidedAt: isoOrNull(row.decidedAt),
});

export const referralView = (row: Referral) => ({
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
  qualifiedAt: isoOrNull(row.qualifiedAt),
  dueAt: isoOrNull(row.dueAt),
  endedAt: isoOrNull(row.endedAt),
  createdAt: iso(row.createdAt),
});

export const rewardView = (row: Reward) => ({
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
  grantedAt: iso(row.grantedAt),
  maturesAt: iso(row.maturesAt),
  expiresAt: isoOrNull(row.expiresAt),
  createdAt: iso(row.createdAt),
});

/** One question to a provider; a result of null: the process ended before the answer was on record. */
export const attemptView = (row: RedemptionAttempt) => ({
  method: row.method,
  askedAt: iso(row.askedAt),
  answeredAt: isoOrNull(row.answeredAt),
  result: row.result,
  reason: row.reason,
  providerRef: row.providerRef,
});

/** Where it is paid to stays in the database. */
export const redemptionView = (row: Redemption) => ({
  id: row.id,
  memberId: row.memberId,
  amount: moneyJsonOf(row.amountMinor, row.unit),
  itemId: row.itemId,
  fee: moneyJsonOf(row.feeMinor, row.unit),
  /** What the provider pays. */
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
