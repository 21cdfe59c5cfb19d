import type { RankRange } from '../../domain/leaderboards/standings.ts';
import type { MoneyJson } from '../../domain/money.ts';

export const PRIZE_KINDS = ['credit', 'badge', 'perk'] as const;

/** What ranks of a season win, as it stands in `board_windows.prizes`. */
export interface Prize extends RankRange {
  readonly kind: (typeof PRIZE_KINDS)[number];
  /** Null for credit. */
  readonly label: string | null;
  /** Null for badges and perks. */
  readonly amount: MoneyJson | null;
}
