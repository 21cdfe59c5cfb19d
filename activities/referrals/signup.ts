import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { ReferralStage, ReferralStanding } from '../../domain/referrals/referral.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import { latestVersion, versionInForce } from '../../engine/policies/latest.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { CLAIMS, type ClaimRow } from './claims.ts';
import type { ReferralEventRef } from './snapshot.ts';

/**
 * A signup as the API stored it, with everything that attribution needs. The payload's fields are those of
 * the API's schema.
 */
export interface LockedSignup {
  readonly ref: ReferralEventRef;
  readonly subject: string;
  readonly at_ms: number;
  readonly payload: {
    readonly email?: string;
    readonly code?: string;
    readonly clickId?: string;
    readonly visitorId?: string;
    readonly ipHash?: string;
    readonly existingCustomer?: boolean;
    /** Those of the above that came and could not be read. */
    readonly unreadable?: readonly string[];
  };
  readonly programStatus: ProgramStatus;
  /** It was received before the program's end. */
  readonly cameInTime: boolean;
  /** Whether the policy in force has rules for members. */
  readonly engages: boolean;
  readonly latestPolicyVersion: number;
  /** The member whom the host knows by this id; null: they are new to us. */
  readonly referredId: string | null;
  /** The address that the host gave for the member before. */
  readonly memberEmail: string | null;
  readonly hasSignedUp: boolean;
  /** Somebody has referred the member before. */
  readonly isReferred: boolean;
  /** The invitation, when this signup answers one, whether its issue is decided yet or not. */
  readonly invitation: {
    /** Of its referral; null: it has not begun. */
    readonly standing: ReferralStanding | null;
    readonly policyVersion: number;
    readonly issued_at_ms: number;
  } | null;
  readonly claims: readonly ClaimRow[];
}

/**
 * Locks a signup and reads about its member and every claim on it: the link it names, the click it names, and
 * its visitor's clicks. Returns null when the signup is already decided.
 */
export async function lockSignup(tx: Tx, ref: ReferralEventRef): Promise<LockedSignup | null> {
  const row = await lockRow(tx, ref);
  return row.state === 'decided' ? null : signupOf(ref, row);
}

/** A signup that is decided, what it was refused with, and the policy that was in force when it came. */
export interface DecidedSignup {
  readonly signup: LockedSignup;
  /** Null: it was accepted, or is not decided yet. */
  readonly refusedWith: RefusalCode | null;
  readonly policyVersion: number;
}

/** The same about a signup that is decided already, to decide it again by an operator's word. */
export async function lockDecidedSignup(tx: Tx, ref: ReferralEventRef): Promise<DecidedSignup> {
  const row = await lockRow(tx, ref);
  const policyVersion = await versionThen(tx, ref);
  return { signup: signupOf(ref, row), refusedWith: row.refusedWith, policyVersion };
}

/** The policy version that was in force when an event came. */
async function versionThen(tx: Tx, { programId, eventId }: ReferralEventRef): Promise<number> {
  const [row] = await tx.$queryRaw<{ version: number }[]>`
    SELECT ${versionInForce(Prisma.sql`e.program_id`, Prisma.sql`e.received_at`)} AS version
    FROM events e WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid`;
  if (row === undefined) throw new Error(`signup ${eventId} does not exist`);
  return row.version;
}

/** The version in force when the invitation `i` was issued. */
const ISSUE_VERSION = versionInForce(Prisma.sql`i.program_id`, Prisma.sql`i.created_at`);

async function lockRow(tx: Tx, ref: ReferralEventRef): Promise<SignupRow & { readonly subject: string }> {
  const [row] = await tx.$queryRaw<SignupRow[]>`
    SELECT e.state::text, e.outcome->>'code' AS "refusedWith", e.subject, e.occurred_at AS "occurredAt",
           e.payload, p.engages,
           ${programStatusSql(ref.now_ms)}::text AS "programStatus",
           coalesce(e.received_at < coalesce(CASE WHEN p.status = 'ended' THEN p.status_at END, p.ends_at),
                    true) AS "cameInTime",
           ${latestVersion(Prisma.sql`e.program_id`)} AS "latestPolicyVersion", m.id::text AS "referredId",
           m.email AS "memberEmail", coalesce(m.signed_up_at IS NOT NULL, false) AS "hasSignedUp",
           EXISTS (SELECT FROM referrals a
                   WHERE a.program_id = e.program_id AND a.referred_id = m.id) AS "isReferred",
           r.stage::text, r.reason, coalesce(r.issued_at, i.created_at) AS "issuedAt",
           coalesce(r.policy_version, CASE WHEN i.id IS NOT NULL THEN ${ISSUE_VERSION} END)
             AS "policyVersion",
           (${CLAIMS}) AS claims
    FROM events e
    JOIN programs p ON p.id = e.program_id
    LEFT JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
    LEFT JOIN referrals r ON r.program_id = e.program_id AND r.id = ${ref.referralId}::uuid
    -- An invitation's referral has the id of its link.
    LEFT JOIN links i ON i.program_id = e.program_id AND i.id = ${ref.referralId}::uuid
    WHERE e.program_id = ${ref.programId}::uuid AND e.id = ${ref.eventId}::uuid
    FOR UPDATE OF e`;
  if (row?.subject == null) throw new Error(`signup ${ref.eventId} does not exist`);
  return { ...row, subject: row.subject };
}

function signupOf(ref: ReferralEventRef, row: SignupRow & { readonly subject: string }): LockedSignup {
  const { subject, payload, programStatus, cameInTime, engages, latestPolicyVersion } = row;
  const { referredId, memberEmail, hasSignedUp, isReferred, claims } = row;
  return {
    ref,
    subject,
    at_ms: row.occurredAt.getTime(),
    payload,
    programStatus,
    cameInTime,
    engages,
    latestPolicyVersion,
    referredId,
    memberEmail,
    hasSignedUp,
    isReferred,
    invitation: invitationOf(row),
    claims: claims ?? [],
  };
}

type Plain = 'payload' | 'programStatus' | 'cameInTime' | 'engages' | 'latestPolicyVersion';

type MemberPlain = 'referredId' | 'memberEmail' | 'hasSignedUp' | 'isReferred';

interface SignupRow extends Pick<LockedSignup, Plain | MemberPlain> {
  readonly state: string;
  readonly refusedWith: RefusalCode | null;
  readonly subject: string | null;
  readonly occurredAt: Date;
  readonly stage: ReferralStage | null;
  readonly reason: string | null;
  readonly policyVersion: number | null;
  readonly issuedAt: Date | null;
  readonly claims: readonly ClaimRow[] | null;
}

function invitationOf({ stage, reason, policyVersion, issuedAt }: SignupRow): LockedSignup['invitation'] {
  if (policyVersion === null || issuedAt === null) return null;
  const standing = stage === null ? null : { stage, reason };
  return { standing, policyVersion, issued_at_ms: issuedAt.getTime() };
}
