import { checkRangeOrNull, DAYS_MAX, invalidIf, type Problem } from '../problems.ts';
import { compileCondition } from './condition.ts';
import { language } from './language.ts';
import { whyNever } from './never.ts';

/** Rules of one kind that a policy may have. */
export const RULES_MAX = 50;
/** Largest count of events or referrals that a rule may name. */
export const COUNT_MAX = 1_000_000;

/** Problems of a condition: none when it compiles and may hold for some event, or when there is none. */
export function checkCondition(at: string, source: string | null): Problem[] {
  if (source === null) return [];
  const compiled = compileCondition(source);
  const why = compiled.ok ? whyNever(language.parse(source).ast) : compiled.message;
  return why === null ? [] : [{ code: 'condition_invalid', at, message: why }];
}

/** Problems of the days after which what a rule granted expires; null: never. */
export function checkExpiry(at: string, expires_days: number | null): Problem[] {
  return checkRangeOrNull(`${at}.expires_days`, expires_days, 1, DAYS_MAX);
}

/** What caps of all kinds have. */
interface CapParts {
  readonly count: number | null;
  readonly period_days: number | null;
}

/**
 * What limits the sum of what a cap's rule grants: its field, whether it is set, and what is wrong with it.
 */
interface SumLimit {
  readonly field: string;
  readonly isSet: boolean;
  readonly problems: readonly Problem[];
}

/** Problems of a cap, which must limit a sum or a count, for ever or within a period. */
export function checkCap(at: string, { count, period_days }: CapParts, sum: SumLimit): Problem[] {
  return [
    ...invalidIf(!sum.isSet && count === null, at, `must limit ${sum.field} or a count.`),
    ...sum.problems,
    ...checkRangeOrNull(`${at}.count`, count, 1, COUNT_MAX),
    ...checkRangeOrNull(`${at}.period_days`, period_days, 1, DAYS_MAX),
  ];
}
