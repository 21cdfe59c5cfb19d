import { CURRENCIES } from './currencies.ts';
import { ok, type Result, refuse } from './refusal.ts';
import { DAY_MS } from './time.ts';

/** ISO 4217 alphabetic code, or a program's points: `PTS` or `PTS_<NAME>`. */
export type Unit = string;

/**
 * A program's own points; no ISO code has four letters or an underscore, so neither can be mistaken for the
 * other.
 */
const POINTS = /^PTS(?:_[A-Z0-9]{1,12})?$/;

/** As units are written from the outside: in letters of any case. */
const WRITTEN = /^[A-Za-z0-9_]{3,16}$/;

/**
 * How many days after the month of its withdrawal a code is still taken, since books are closed late: a
 * quarter.
 */
const LATE_DAYS = 92;

/**
 * How many decimal digits a unit's minor denomination stands for; null when the unit is unknown. Points have
 * none. Withdrawn currencies have theirs: what is on record in them stays readable and can be paid.
 */
export function exponentOf(unit: Unit): number | null {
  return POINTS.test(unit) ? 0 : (CURRENCIES.get(unit)?.digits ?? null);
}

/** Whether this is an ISO 4217 code, in use or withdrawn. */
export const isCurrency = (unit: string): boolean => CURRENCIES.has(unit);

/** Whether this is an ISO 4217 code, in use or withdrawn, or a points unit. */
export function isUnit(unit: string): boolean {
  return exponentOf(unit) !== null;
}

/** Whether this is a program's own points. */
export function isPointsUnit(unit: string): boolean {
  return POINTS.test(unit);
}

/** The unit that a text of any case names, in capitals as everything keeps it; null: there is none. */
export function unitNamed(text: string): Unit | null {
  const unit = WRITTEN.test(text) ? text.toUpperCase() : '';
  return isUnit(unit) ? unit : null;
}

/**
 * Whether a unit is taken for what happens at this time, in milliseconds since 1970. Refuses with
 * `unit_unknown`, or with `unit_withdrawn` a code whose life was over by then; its sentence says until when
 * it lived.
 */
export function checkLiving(unit: Unit, at_ms: number): Result<Unit, 'unit_unknown' | 'unit_withdrawn'> {
  if (!isUnit(unit)) return unknownUnit;
  const month = CURRENCIES.get(unit)?.withdrawn ?? null;
  if (month === null || at_ms < takenBefore_ms(month)) return ok(unit);
  const day = new Date(takenBefore_ms(month)).toISOString().slice(0, 10);
  return refuse(
    'unit_withdrawn',
    `${unit} was withdrawn in ${month}, and is taken for what happened before ${day}.`,
  );
}

/** The end of the month, and the days for books that are closed late. */
function takenBefore_ms(month: string): number {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return Date.UTC(year, number, 1) + LATE_DAYS * DAY_MS;
}

export const unknownUnit = refuse('unit_unknown', 'A unit is a code of ISO 4217, PTS, or PTS_ and a name.');
