/** What the prover proves, in the order of its report, one sentence each. */
export const CHECKS = {
  balanced: 'the entries of every transaction sum to zero in each unit',
  noOverdraft: 'no balance is, or ever was, below its floor or above its ceiling',
  conserved: 'all balances of a program sum to zero in each unit',
  consistent: 'every balance is the sum of its entries, at every step',
  appendOnly: 'no entry is missing or stray, and nobody may change what is posted',
  holdsResolveOnce: 'every hold is resolved, and every transaction taken back, at most once',
  lotsMatch: 'lots hold what their balances hold, and what was not taken from them',
  originsMatch: 'lots come of the grants that made them, and no grant revives more than lapsed of it',
  keysUnique: 'every business key is posted once',
  rewardsMatch: 'rewards on record are what was granted and taken back',
} as const;

export type CheckName = keyof typeof CHECKS;

/**
 * A query that returns one row for each error: `found`, a sentence with ids and no names. $1: the program;
 * null for all.
 */
export interface SqlCheck {
  readonly check: CheckName;
  readonly sql: string;
}

/** Limits a query to the program, by its account `a` or its transaction `t`. */
export const OF_PROGRAM = '($1::uuid IS NULL OR a.program_id = $1::uuid)';
export const OF_PROGRAM_T = '($1::uuid IS NULL OR t.program_id = $1::uuid)';
