import type { z } from 'zod';
import { budgetPercent } from '../../domain/programs/budget.ts';
import { cappedBudgets } from '../../ledger/balances.ts';
import type { Database } from '../../prisma/client.ts';
import { isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import type { programBudgetAnswer } from './schema.ts';

type ProgramBudget = z.infer<typeof programBudgetAnswer>;

/**
 * A program's budgets that have a cap, one a unit: what is granted of each, net, and when the outside was
 * told that it runs out.
 */
export async function budgetsView(db: Database, programId: string): Promise<ProgramBudget[]> {
  const [budgets, alerts] = await Promise.all([
    cappedBudgets(db, programId),
    db.budgetAlert.findMany({ where: { programId } }),
  ]);
  return budgets.map((budget) => {
    const { unit, cap_minor, spent_minor } = budget;
    const alert = alerts.find((one) => one.unit === unit && one.capMinor === cap_minor);
    return {
      unit,
      used: moneyJsonOf(spent_minor, unit),
      cap: moneyJsonOf(cap_minor, unit),
      percent: budgetPercent(budget),
      warnedAt: isoOrNull(alert?.warnedAt ?? null),
      exhaustedAt: isoOrNull(alert?.exhaustedAt ?? null),
    };
  });
}
