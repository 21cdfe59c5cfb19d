import { budgetState } from '../../domain/programs/budget.ts';
import { type BudgetsTold, tellBudget } from '../../engine/programs/budget-alert.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { cappedBudgets } from '../../ledger/balances.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Tells of every budget of which four fifths are granted (`budget.warned`), and of every one that is used up
 * (`budget.exhausted`): each once for a program, unit and cap, so that another cap arms both anew. A repeat
 * tells nothing.
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
