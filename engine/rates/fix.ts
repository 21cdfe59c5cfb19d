import type { Money } from '../../domain/money.ts';
import { type FixedRate, factorOf, isConvertible } from '../../domain/rates/convert.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readFixedRates } from './fixed.ts';

/** An event that is being decided, or was, and what it is worth. */
export interface Valued {
  readonly programId: string;
  readonly eventId: string;
  readonly value: Money;
  readonly occurred_at_ms: number;
}

/** SQL over an event `e`: whether there may be a rate for its value. */
export const MAY_CONVERT = Prisma.sql`(
  e.unit IS NOT NULL AND EXISTS (SELECT FROM rates q WHERE q.program_id = e.program_id))`;

/**
 * Fixes the rates of an event's value for each of these units: of the rates that were on record when it was
 * decided, or are now, the latest that counts at the event's own time. What is fixed before stays. A value
 * that would be more than money may be is not converted. The caller holds the event's lock. Returns all that
 * are fixed for it.
 */
export async function fixRates(
  tx: Tx,
  { programId, ...event }: Valued,
  units: readonly string[],
): Promise<readonly FixedRate[]> {
  return (await fixAllRates(tx, programId, [event], units)).get(event.eventId) ?? [];
}

/** The same for several events; none where an event has none. */
export async function fixAllRates(
  tx: Tx,
  programId: string,
  events: readonly Omit<Valued, 'programId'>[],
  units: readonly string[],
): Promise<ReadonlyMap<string, readonly FixedRate[]>> {
  const wanted = events.flatMap(({ eventId, value, occurred_at_ms }) =>
    [...new Set(units)]
      .filter((unit) => unit !== value.unit)
      .map((unit) => ({ eventId, unit, from: value.unit, at: new Date(occurred_at_ms).toISOString() })),
  );
  if (wanted.length === 0) return new Map();
  const values = new Map(events.map(({ eventId, value }) => [eventId, value]));
  const fixed = (await findRates(tx, programId, wanted)).flatMap((row) => {
    const value = values.get(row.eventId);
    if (value === undefined) return [];
    const by = factorOf(row, value.unit, row.unit);
    return isConvertible(value.minor, by) ? [{ ...row, ...by }] : [];
  });
  if (fixed.length > 0) {
    await tx.eventRate.createMany({
      data: fixed.map(({ eventId, unit, rateId, numerator, denominator }) => ({
        programId,
        eventId,
        unit,
        rateId,
        numerator: numerator.toString(),
        denominator: denominator.toString(),
      })),
      skipDuplicates: true,
    });
  }
  return await readFixedRates(tx, programId, [...new Set(wanted.map(({ eventId }) => eventId))]);
}

interface RateRow {
  readonly eventId: string;
  readonly unit: string;
  readonly rateId: string;
  readonly from: string;
  readonly to: string;
  readonly rate: string;
}

/** A value of an event, and a unit that it is to be converted into. */
interface WantedRate {
  readonly eventId: string;
  readonly unit: string;
  readonly from: string;
  readonly at: string;
}

const findRates = (tx: Tx, programId: string, wanted: readonly WantedRate[]) => tx.$queryRaw<RateRow[]>`
  SELECT e.id::text AS "eventId", w.unit, r.*
  FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
    AS w("eventId" uuid, unit text, "from" text, at timestamptz)
  JOIN events e ON e.program_id = ${programId}::uuid AND e.id = w."eventId", LATERAL (
    SELECT q.id::text AS "rateId", q.from_unit AS from, q.to_unit AS to, q.rate FROM rates q
    WHERE q.program_id = e.program_id
      AND least(q.from_unit, q.to_unit) = least(w."from", w.unit)
      AND greatest(q.from_unit, q.to_unit) = greatest(w."from", w.unit)
      AND q.valid_from <= w.at AND q.created_at <= coalesce(e.decided_at, now())
    ORDER BY q.valid_from DESC LIMIT 1) r`;
