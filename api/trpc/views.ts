import type { MoneyJson } from '../../domain/money.ts';

/** RFC 3339 in UTC, as every time on the wire. */
export const iso = (date: Date): string => date.toISOString();
export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

export const moneyJsonOf = (minor: bigint, unit: string): MoneyJson => ({ minor: minor.toString(), unit });
