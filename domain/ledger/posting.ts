import type { Unit } from '../iso4217.ts';

/**
 * Member balances count what the program owes the member; the budget goes below zero as it is spent, owed is
 * never above.
 */
export type AccountKind = 'budget' | 'pending' | 'available' | 'reserved' | 'owed' | 'paid_out' | 'breakage';
export type Intent =
  | 'grant'
  | 'mature'
  | 'reverse'
  | 'restore'
  | 'reserve'
  | 'settle'
  | 'release'
  | 'expire'
  | 'revive'
  | 'merge';

export interface Account {
  readonly kind: AccountKind;
  /** Null for the program's own accounts: budget, paid_out, breakage. */
  readonly memberId: string | null;
}

/**
 * A leg fills its account as far as the account's bounds allow, and the rest goes to `spill`; null: all of it
 * or nothing.
 */
export interface Leg {
  readonly account: Account;
  readonly amount_minor: bigint;
  readonly spill: Account | null;
}

/** One balanced movement of one unit within one program. */
export interface Posting {
  /** Business key, once per program. */
  readonly key: string;
  readonly intent: Intent;
  readonly unit: Unit;
  readonly occurred_at_ms: number;
  readonly legs: readonly Leg[];
  /** Key of the hold (grant or reserve) that this resolves; a hold is resolved once. */
  readonly resolves: string | null;
  /** Key of the transaction that this takes back; once each. */
  readonly reverses: string | null;
  /** When the lot that a credit to available makes expires; null: never, or no such credit. */
  readonly lot_expires_at_ms: number | null;
  /** Key of the reserve whose lots a release gives back. */
  readonly restores: string | null;
  /** Key of the grant of which this takes a part back, gives one back, or revives one; null: of none. */
  readonly origin: string | null;
}
