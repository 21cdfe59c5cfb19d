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
  { programId, eventId, value, occurred_at_ms }: Valued,
  units: readonly string[],
): Promise<readonly FixedRate[]> {
  const wanted = [...new Set(units)].filter((unit) => unit !== value.unit);
  if (wanted.length === 0) return [];
  const rows = await findRates(tx, { programId, eventId, value, occurred_at_ms }, wanted);
  const fixed = rows
    .map(({ unit, rateId, from, to, rate }) => ({
      unit,
      rateId,
      ...factorOf({ from, to, rate }, value.unit, unit),
    }))
    .filter((by) => isConvertible(value.minor, by));
  if (fixed.length > 0) {
    await tx.eventRate.createMany({
      data: fixed.map(({ unit, rateId, numerator, denominator }) => ({
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
  return (await readFixedRates(tx, programId, [eventId])).get(eventId) ?? [];
}

interface RateRow {
  readonly unit: string;
  readonly rateId: string;
  readonly from: string;
  readonly to: string;
  readonly rate: string;
}

const findRates = (
  tx: Tx,
  { programId, eventId, value, occurred_at_ms }: Valued,
  wanted: readonly string[],
) => tx.$queryRaw<RateRow[]>`
  SELECT w.unit, r.*
  FROM events e, unnest(${[...wanted]}::text[]) AS w(unit), LATERAL (
    SELECT q.id::text AS "rateId", q.from_unit AS from, q.to_unit AS to, q.rate FROM rates q
    WHERE q.program_id = e.program_id
      AND least(q.from_unit, q.to_unit) = least(${value.unit}, w.unit)
      AND greatest(q.from_unit, q.to_unit) = greatest(${value.unit}, w.unit)
      AND q.valid_from <= ${new Date(occurred_at_ms)}::timestamptz
      AND q.created_at <= coalesce(e.decided_at, now())
    ORDER BY q.valid_from DESC LIMIT 1) r
  WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid`;
