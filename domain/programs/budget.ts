/** Of a budget, the part in basis points that, once granted, is worth a warning. */
export const BUDGET_WARNING_BP = 8_000n;

const WHOLE_BP = 10_000n;

/** What a budget allows and what is granted of it, net of what was taken back, in minor units. */
export interface BudgetUse {
  readonly cap_minor: bigint;
  readonly spent_minor: bigint;
}

export type BudgetState = 'open' | 'near' | 'exhausted';

/**
 * open: below four fifths. near: from there on. exhausted: nothing is left. A cap of nothing is exhausted
 * from the start.
 */
export function budgetState({ cap_minor, spent_minor }: BudgetUse): BudgetState {
  if (spent_minor >= cap_minor) return 'exhausted';
  return spent_minor * WHOLE_BP >= cap_minor * BUDGET_WARNING_BP ? 'near' : 'open';
}

/**
 * How much of a budget is granted, in per cent to one decimal, rounded down, so that 100 means nothing is
 * left.
 */
export function budgetPercent({ cap_minor, spent_minor }: BudgetUse): number {
  if (cap_minor <= 0n) return 100;
  return Number((spent_minor * 1_000n) / cap_minor) / 10;
}
