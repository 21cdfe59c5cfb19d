import { Prisma } from '../../prisma/generated/client.ts';

/**
 * A link that may have brought a member, and what names it: its code, a click on it, or a click of the same
 * visitor.
 */
export interface ClaimRow {
  readonly source: 'code' | 'click' | 'visitor';
  /** Belongs to another program. */
  readonly foreign: boolean;
  readonly touchId: string | null;
  readonly linkId: string;
  readonly referrerId: string;
  /** When it was clicked; null for a code. */
  readonly at_ms: number | null;
  readonly isActive: boolean;
  readonly expires_at_ms: number | null;
  /** It is personal, and good for one signup. */
  readonly isInvitation: boolean;
  /** It is an invitation that another member has used. */
  readonly isUsed: boolean;
}

/** Touches of one visitor that are looked at, the latest first. */
const TOUCHES_MAX = 50;

/** As JSON, all claims on the signup `e`: a list of `ClaimRow`, or null. */
export const CLAIMS = Prisma.sql`
  SELECT jsonb_agg(jsonb_build_object(
    'source', c.source, 'touchId', c.touch_id, 'at_ms', floor(extract(epoch FROM c.at) * 1000),
    'linkId', l.id, 'referrerId', l.member_id, 'isActive', l.status = 'active',
    'expires_at_ms', floor(extract(epoch FROM l.expires_at) * 1000), 'foreign', l.program_id <> e.program_id,
    'isInvitation', l.kind = 'personal',
    'isUsed', l.kind = 'personal' AND EXISTS (
      SELECT FROM referrals u JOIN members o ON o.program_id = u.program_id AND o.id = u.referred_id
      WHERE u.program_id = l.program_id AND u.link_id = l.id AND o.external_id <> e.subject)
    ) ORDER BY c.at DESC)
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
