import type { FixedRate } from '../../domain/rates/convert.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** A fixed rate as `fixedRates` gives it: the numbers as texts, since JSON has none that are exact. */
export interface FixedRateRow {
  readonly unit: string;
  readonly numerator: string;
  readonly denominator: string;
  readonly rateId: string;
  readonly from: string;
  readonly to: string;
  readonly rate: string;
  readonly validFrom: string;
}

/** SQL over an event, of which it takes program and id: the rates that its decision fixed, as JSON. */
export const fixedRates = (programId: Prisma.Sql, eventId: Prisma.Sql): Prisma.Sql => Prisma.sql`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('unit', x.unit, 'numerator', x.numerator::text,
    'denominator', x.denominator::text, 'rateId', q.id, 'from', q.from_unit, 'to', q.to_unit, 'rate', q.rate,
    'validFrom', q.valid_from) ORDER BY x.unit), '[]')
  FROM event_rates x JOIN rates q ON q.program_id = x.program_id AND q.id = x.rate_id
  WHERE x.program_id = ${programId} AND x.event_id = ${eventId})`;

/** Those rates as the rules take them. */
export const ratesOf = (rows: readonly FixedRateRow[]): FixedRate[] =>
  rows.map(({ unit, numerator, denominator, rateId, from, to, rate, validFrom }) => ({
    unit,
    numerator: BigInt(numerator),
    denominator: BigInt(denominator),
    rateId,
    rate: { from, to, rate },
    valid_from_ms: Date.parse(validFrom),
  }));

/** By event: the rates that the decisions of events fixed; none where an event has none. */
export async function readFixedRates(
  db: Database | Tx,
  programId: string,
  eventIds: readonly string[],
): Promise<ReadonlyMap<string, readonly FixedRate[]>> {
  if (eventIds.length === 0) return new Map();
  const rows = await db.$queryRaw<{ id: string; rates: FixedRateRow[] }[]>`
    SELECT e.id::text, ${fixedRates(Prisma.sql`${programId}::uuid`, Prisma.sql`e.id`)} AS rates
    FROM unnest(${[...eventIds]}::uuid[]) AS e(id)
    WHERE EXISTS (SELECT FROM event_rates f WHERE f.program_id = ${programId}::uuid AND f.event_id = e.id)`;
  return new Map(rows.map(({ id, rates }) => [id, ratesOf(rates)]));
}
