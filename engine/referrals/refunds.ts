import { Prisma } from '../../prisma/generated/client.ts';

/** SQL over an event: it is decided, and was accepted. */
export const isAccepted = (event: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`${event}.state = 'decided' AND ${event}.outcome->>'decision' = 'accepted'`;

/**
 * SQL over an event `e`, for a lateral join: what the accepted refunds take of it that stand, which are those
 * that no other refund takes back. Columns: `minor`, the sum of those with a value; `isWhole`, whether one
 * has none and so takes all, whatever came before it; `at`, when the last of all happened, or was taken back.
 * `without`: the key of a refund that is left out.
 */
export const standingRefunds = (without: string | null = null): Prisma.Sql => Prisma.sql`
  SELECT coalesce(sum(f.value_minor) FILTER (WHERE u.at IS NULL), 0)::bigint AS minor,
    coalesce(bool_or(f.value_minor IS NULL AND u.at IS NULL), false) AS "isWhole",
    max(greatest(f.occurred_at, u.at)) AS at
  FROM events f
  LEFT JOIN LATERAL (
    SELECT max(b.occurred_at) AS at FROM events b
    WHERE b.program_id = f.program_id AND b.refund_of = f.key AND ${isAccepted(Prisma.sql`b`)}) u ON true
  WHERE f.program_id = e.program_id AND f.refund_of = e.key AND ${isAccepted(Prisma.sql`f`)}
    AND f.key IS DISTINCT FROM ${without}`;
