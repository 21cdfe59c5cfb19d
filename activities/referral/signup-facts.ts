import type { CodeFact, SignupFacts, TouchFact } from '../../domain/facts.ts';
import type { ProgramStatus } from '../../domain/program.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** A signup as the API stored it; the payload's fields are those of the API's schema. */
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
  };
  readonly programStatus: ProgramStatus;
  /** It came in before the program's end. */
  readonly cameInTime: boolean;
  /** Whether the policy in force has rules for members. */
  readonly engages: boolean;
  readonly latestPolicyVersion: number;
  /** The member whom the host knows by this id, if we do too. */
  readonly referredId: string | null;
  readonly hasSignedUp: boolean;
  readonly attributed: boolean;
  /** The invitation's referral, when this signup answers one. */
  readonly invitation: {
    readonly stage: string;
    readonly policyVersion: number;
    readonly issued_at_ms: number;
  } | null;
}

interface SignupRow {
  state: string;
  subject: string | null;
  occurred_at: Date;
  payload: LockedSignup['payload'];
  program_status: ProgramStatus;
  came_in_time: boolean | null;
  engages: boolean;
  latest_version: number;
  referred_id: string | null;
  has_signed_up: boolean;
  attributed: boolean;
  stage: string | null;
  policy_version: number | null;
  issued_at: Date | null;
}

/** Locks a signup and reads what is known of its member. Null when it is decided already. */
export async function lockSignup(tx: Tx, ref: ReferralEventRef): Promise<LockedSignup | null> {
  const [row] = await tx.$queryRaw<SignupRow[]>`
    SELECT e.state::text, e.subject, e.occurred_at, e.payload,
           program_status_at(p.status, p.starts_at, p.ends_at, ${new Date(ref.now_ms)})::text AS program_status,
           e.received_at < coalesce(CASE WHEN p.status = 'ended' THEN p.status_at END, p.ends_at) AS came_in_time, p.engages,
           (SELECT max(version) FROM policy_versions WHERE program_id = e.program_id) AS latest_version,
           m.id::text AS referred_id, coalesce(m.signed_up_at IS NOT NULL, false) AS has_signed_up,
           EXISTS (SELECT FROM referrals a WHERE a.program_id = e.program_id AND a.referred_id = m.id) AS attributed,
           r.stage::text, r.policy_version, r.issued_at
    FROM events e
    JOIN programs p ON p.id = e.program_id
    LEFT JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
    LEFT JOIN referrals r ON r.program_id = e.program_id AND r.id = ${ref.referralId}::uuid
    WHERE e.program_id = ${ref.programId}::uuid AND e.id = ${ref.eventId}::uuid
    FOR UPDATE OF e`;
  if (row?.subject == null) throw new Error(`signup ${ref.eventId} does not exist`);
  if (row.state === 'decided') return null;
  const { stage, policy_version, issued_at } = row;
  return {
    ref,
    subject: row.subject,
    at_ms: row.occurred_at.getTime(),
    payload: row.payload,
    programStatus: row.program_status,
    cameInTime: row.came_in_time ?? true,
    engages: row.engages,
    latestPolicyVersion: row.latest_version,
    referredId: row.referred_id,
    hasSignedUp: row.has_signed_up,
    attributed: row.attributed,
    invitation:
      stage === null || policy_version === null || issued_at === null
        ? null
        : { stage, policyVersion: policy_version, issued_at_ms: issued_at.getTime() },
  };
}

interface ClaimRow {
  source: 'code' | 'click' | 'visitor';
  foreign: boolean;
  used: boolean;
  touch_id: string | null;
  link_id: string;
  referrer_id: string;
  at: Date | null;
  link_active: boolean;
  link_expires_at: Date | null;
}

/** Touches of one visitor that are looked at, the latest first. */
const TOUCHES_MAX = 50;

/** All claims on a signup: the link it names, the click it names, and the clicks of its visitor. */
export async function signupFacts(tx: Tx, signup: LockedSignup, referredId: string): Promise<SignupFacts> {
  const { ref, payload, subject } = signup;
  const rows = await tx.$queryRaw<ClaimRow[]>`
    WITH touched AS (
      (SELECT 'click' AS source, t.* FROM touches t
        WHERE t.program_id = ${ref.programId}::uuid AND t.id = ${payload.clickId ?? null}::uuid)
      UNION ALL
      (SELECT 'visitor', t.* FROM touches t
        WHERE t.program_id = ${ref.programId}::uuid AND t.visitor_id = ${payload.visitorId ?? null}::uuid
        ORDER BY t.occurred_at DESC LIMIT ${TOUCHES_MAX})
    )
    SELECT 'code' AS source, l.program_id <> ${ref.programId}::uuid AS foreign,
           EXISTS (SELECT FROM referrals r JOIN members m ON m.program_id = r.program_id AND m.id = r.referred_id
             WHERE l.kind = 'personal' AND r.program_id = l.program_id AND r.link_id = l.id AND m.external_id <> ${subject}) AS used,
           NULL::text AS touch_id, l.id::text AS link_id, l.member_id::text AS referrer_id, NULL::timestamptz AS at,
           l.status = 'active' AS link_active, l.expires_at AS link_expires_at
    FROM links l WHERE l.code = ${payload.code ?? null}
    UNION ALL
    SELECT t.source, false, false, t.id::text, l.id::text, l.member_id::text, t.occurred_at, l.status = 'active', l.expires_at
    FROM touched t JOIN links l ON l.program_id = t.program_id AND l.id = t.link_id`;
  const click = rows.find(({ source }) => source === 'click');
  const code = rows.find(({ source }) => source === 'code');
  return {
    at_ms: signup.at_ms,
    code: payload.code === undefined ? undefined : code === undefined ? null : codeFact(code),
    click: payload.clickId === undefined ? undefined : click === undefined ? null : touchFact(click),
    visitor_touches: rows.filter(({ source }) => source === 'visitor').map(touchFact),
    referred_id: referredId,
    referred_already_attributed: signup.attributed,
    referred_is_existing_customer: signup.hasSignedUp || payload.existingCustomer === true,
  };
}

function codeFact(row: ClaimRow): CodeFact {
  const { link_id, referrer_id, link_active, foreign, used } = row;
  return {
    link_id,
    referrer_id,
    link_active,
    link_expires_at_ms: row.link_expires_at?.getTime() ?? null,
    foreign,
    used,
  };
}

function touchFact(row: ClaimRow): TouchFact {
  const { link_id, referrer_id, link_active } = row;
  const at_ms = row.at?.getTime() ?? 0;
  return {
    touch_id: row.touch_id ?? '',
    link_id,
    referrer_id,
    at_ms,
    link_active,
    link_expires_at_ms: row.link_expires_at?.getTime() ?? null,
  };
}
