import { Prisma } from '../../prisma/generated/client.ts';

/** A part of time, in milliseconds since 1970; the end is left out, and may be Infinity. */
export interface Span {
  readonly from_ms: number;
  readonly until_ms: number;
}

/** SQL over the event `e`: it happened then. */
export function isWithin({ from_ms, until_ms }: Span): Prisma.Sql {
  const isBefore = Number.isFinite(until_ms)
    ? Prisma.sql`AND e.occurred_at < ${new Date(until_ms)}::timestamptz`
    : Prisma.empty;
  return Prisma.sql`e.occurred_at >= ${new Date(from_ms)}::timestamptz ${isBefore}`;
}
