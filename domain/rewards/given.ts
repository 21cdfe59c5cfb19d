import type { Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';

/** What an operator gives a member by hand. */
export interface Given {
  readonly benefit:
    | { readonly kind: 'fixed'; readonly amount: Money }
    | { readonly kind: 'badge' | 'perk'; readonly label: string };
  /** Days until it matures; 0: at once. */
  readonly hold_days: number;
  /** Days from maturity to expiry; null: never. */
  readonly expires_days: number | null;
}

type Fields = Readonly<Record<string, string | null>>;

/** A gift in the flat form in which a command holds it. */
export function givenFields({ benefit, hold_days, expires_days }: Given): Fields {
  const isCredit = benefit.kind === 'fixed';
  return {
    kind: benefit.kind,
    label: isCredit ? null : benefit.label,
    minor: isCredit ? benefit.amount.minor.toString() : null,
    unit: isCredit ? benefit.amount.unit : null,
    holdDays: hold_days.toString(),
    expiresDays: expires_days?.toString() ?? null,
  };
}

/** The gift that a command holds. Throws where it holds none, which `givenFields` never writes. */
export function givenFrom(fields: Fields): Given {
  const { kind, label, minor, unit, holdDays, expiresDays } = fields;
  const days = {
    hold_days: Number(holdDays ?? 0),
    expires_days: expiresDays == null ? null : Number(expiresDays),
  };
  if (kind === 'fixed' && minor != null && unit != null) {
    return { benefit: { kind, amount: { minor: BigInt(minor), unit } }, ...days };
  }
  if ((kind === 'badge' || kind === 'perk') && label != null) return { benefit: { kind, label }, ...days };
  throw new Error(`a command gives ${kind ?? 'nothing'}`);
}

/**
 * Whether a program that rewards in `unit` may give this. Refuses with `amount_zero` less than one minor
 * unit, and with `unit_mismatch` another unit: points are given by `points.adjust`, since levels hang on
 * them.
 */
export function checkGiven({ benefit }: Given, unit: string): Result<true, 'amount_zero' | 'unit_mismatch'> {
  if (benefit.kind !== 'fixed') return ok(true);
  if (benefit.amount.minor <= 0n) return refuse('amount_zero', 'The amount must be more than zero.');
  return benefit.amount.unit === unit
    ? ok(true)
    : refuse('unit_mismatch', `This program rewards in ${unit}; points are given by points.adjust.`);
}
