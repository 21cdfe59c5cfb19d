import { CURRENCIES } from '../../domain/currencies.ts';
import type { MoneyJson } from '../../domain/money.ts';
import { formatMessage } from './message-format.ts';

/** A whole number of minor units as decimal digits with as many places as the exponent says. */
function decimalOf(minor: string, exponent: number): string {
  if (exponent === 0) return minor;
  const digits = minor.padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * An amount as readers of a locale write it: $1,250.00, 1.250,00 €, ¥1,250, 1.250 Punkte. `points` is the
 * language's message for points units. Digits are ISO 4217's, and none is lost: Intl reads decimal strings
 * exactly.
 */
export function formatAmount({ minor, unit }: MoneyJson, locale: string, points: string): string {
  const exponent = CURRENCIES.get(unit)?.digits;
  if (exponent === undefined) {
    const [, name = 'none'] = unit.split('_');
    return formatMessage(points, locale, { points: Number(minor), name });
  }
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: unit,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  return format.format(decimalOf(minor, exponent) as Intl.StringNumericLiteral);
}
