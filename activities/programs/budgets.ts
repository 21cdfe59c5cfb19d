import { budgetState } from '../../domain/programs/budget.ts';
import { type BudgetsTold, tellBudget } from '../../engine/programs/budget-alert.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { cappedBudgets } from '../../ledger/balances.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Sends `budget.warned` for every budget that is four fifths granted, and `budget.exhausted` for every one
 * that is used up. Sends each once for a program, unit and cap, so a new cap allows both again. A repeat
 * sends nothing.
 */
export async function watchBudgets(
  deps: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<BudgetsTold> {
  let [warned, exhausted] = [0, 0];
  for (const budget of await cappedBudgets(deps.db)) {
    const state = budgetState(budget);
    if (state === 'open') continue;
    const counts = await inTransaction(deps, (tx) => tellBudget(tx, budget, state, now_ms));
    warned += counts.warned;
    exhausted += counts.exhausted;
  }
  return { warned, exhausted };
}
