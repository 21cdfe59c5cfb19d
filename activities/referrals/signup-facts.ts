import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { CodeFact, SignupFacts, TouchFact } from '../../domain/referrals/facts.ts';
import { latestVersion } from '../../engine/policies/latest.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** A signup as the API stored it, with all that attribution asks; the payload's fields are those of the API's schema. */
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
  readonly claims: readonly Claim[];
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
  claims: readonly Claim[] | null;
}

/** A link that may have brought the member, and how it is named: by its code, by a click, or by a click of the same visitor. */
interface Claim {
  readonly source: 'code' | 'click' | 'visitor';
  readonly foreign: boolean;
  readonly used: boolean;
  readonly touch_id: string | null;
  readonly link_id: string;
  readonly referrer_id: string;
  readonly at_ms: number | null;
  readonly link_active: boolean;
  readonly link_expires_at_ms: number | null;
}

/** Touches of one visitor that are looked at, the latest first. */
const TOUCHES_MAX = 50;

/** As JSON, all claims on the signup `e`. */
const CLAIMS = Prisma.sql`
  SELECT jsonb_agg(jsonb_build_object(
    'source', c.source, 'touch_id', c.touch_id, 'at_ms', floor(extract(epoch FROM c.at) * 1000), 'link_id', l.id, 'referrer_id', l.member_id,
    'link_active', l.status = 'active', 'link_expires_at_ms', floor(extract(epoch FROM l.expires_at) * 1000), 'foreign', l.program_id <> e.program_id,
    'used', c.source = 'code' AND l.kind = 'personal' AND EXISTS (
      SELECT FROM referrals u JOIN members o ON o.program_id = u.program_id AND o.id = u.referred_id
      WHERE u.program_id = l.program_id AND u.link_id = l.id AND o.external_id <> e.subject)) ORDER BY c.at DESC)
  FROM (
    (SELECT 'code' AS source, program_id, id AS link_id, NULL::uuid AS touch_id, NULL::timestamptz AS at
      FROM links WHERE code = e.payload->>'code')
    UNION ALL
    (SELECT 'click', program_id, link_id, id, occurred_at
      FROM touches WHERE program_id = e.program_id AND id = (e.payload->>'clickId')::uuid)
    UNION ALL
    (SELECT 'visitor', program_id, link_id, id, occurred_at
      FROM touches WHERE program_id = e.program_id AND visitor_id = (e.payload->>'visitorId')::uuid
      ORDER BY occurred_at DESC LIMIT ${TOUCHES_MAX})) c
  JOIN links l ON l.program_id = c.program_id AND l.id = c.link_id`;

/**
 * Locks a signup and reads what is known of its member, and all claims on it: the link it names, the click it names, and the
 * clicks of its visitor. Null when it is decided already.
 */
export async function lockSignup(tx: Tx, ref: ReferralEventRef): Promise<LockedSignup | null> {
  const [row] = await tx.$queryRaw<SignupRow[]>`
    SELECT e.state::text, e.subject, e.occurred_at, e.payload,
           program_status_at(p.status, p.starts_at, p.ends_at, ${new Date(ref.now_ms)})::text AS program_status,
           e.received_at < coalesce(CASE WHEN p.status = 'ended' THEN p.status_at END, p.ends_at) AS came_in_time, p.engages,
           ${latestVersion(Prisma.sql`e.program_id`)} AS latest_version,
           m.id::text AS referred_id, coalesce(m.signed_up_at IS NOT NULL, false) AS has_signed_up,
           EXISTS (SELECT FROM referrals a WHERE a.program_id = e.program_id AND a.referred_id = m.id) AS attributed,
           r.stage::text, r.policy_version, r.issued_at, (${CLAIMS}) AS claims
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
    claims: row.claims ?? [],
  };
}

/** What attribution asks of a signup whose member has, or will have, this id. */
export function signupFacts(signup: LockedSignup, referredId: string): SignupFacts {
  const { payload, claims } = signup;
  const click = claims.find(({ source }) => source === 'click');
  const code = claims.find(({ source }) => source === 'code');
  return {
    at_ms: signup.at_ms,
    code: payload.code === undefined ? undefined : code === undefined ? null : codeFact(code),
    click: payload.clickId === undefined ? undefined : click === undefined ? null : touchFact(click),
    visitor_touches: claims.filter(({ source }) => source === 'visitor').map(touchFact),
    referred_id: referredId,
    referred_already_attributed: signup.attributed,
    referred_is_existing_customer: signup.hasSignedUp || payload.existingCustomer === true,
  };
}

function codeFact({ link_id, referrer_id, link_active, link_expires_at_ms, foreign, used }: Claim): CodeFact {
  return { link_id, referrer_id, link_active, link_expires_at_ms, foreign, used };
}

function touchFact({
  touch_id,
  link_id,
  referrer_id,
  at_ms,
  link_active,
  link_expires_at_ms,
}: Claim): TouchFact {
  return {
    touch_id: touch_id ?? '',
    link_id,
    referrer_id,
    at_ms: at_ms ?? 0,
    link_active,
    link_expires_at_ms,
  };
}
