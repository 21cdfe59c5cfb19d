import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL: the members whom a row `o` of the outbox names, as a JSON list of their ids with the host's own. The
 * fields are those by which payloads name members.
 */
export const KNOWN_MEMBERS = Prisma.sql`(
  SELECT coalesce(jsonb_agg(
    jsonb_build_object('id', m.id, 'externalId', coalesce(m.host_id, m.external_id)) ORDER BY m.id), '[]')
  FROM members m WHERE m.program_id = o.program_id AND m.id = ANY (o.members ||
    ARRAY[o.payload ->> 'memberId', o.payload ->> 'intoMemberId', o.payload ->> 'referrerId',
      o.payload ->> 'referredId']::uuid[]))`;
