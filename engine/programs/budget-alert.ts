import { toJson } from '../../domain/money.ts';
import { type BudgetState, budgetPercent } from '../../domain/programs/budget.ts';
import { type CappedBudget, cappedBudgets } from '../../ledger/balances.ts';
import type { Tx } from '../../prisma/client.ts';
import { type OutboxMessage, tell } from '../events/outbox.ts';

/** How many were told of now. */
export interface BudgetsTold {
  readonly warned: number;
  readonly exhausted: number;
}

/**
 * To be called where a grant was refused because the budget has no room for it: told at once, in the
 * transaction that refuses, and once, though a little may be left. A repeat costs two look-ups.
 */
export async function tellExhausted(tx: Tx, programId: string, unit: string, now_ms: number): Promise<void> {
  const budget = (await cappedBudgets(tx, programId)).find((one) => one.unit === unit);
  if (budget !== undefined) await tellBudget(tx, budget, 'exhausted', now_ms);
}

/**
 * Tells of a budget that is nearly or wholly granted what was not told yet, in the transaction that found it
 * so.
 */
export async function tellBudget(
  tx: Tx,
  budget: CappedBudget,
  state: Exclude<BudgetState, 'open'>,
  now_ms: number,
): Promise<BudgetsTold> {
  const { programId, unit, cap_minor, spent_minor } = budget;
  const where = { programId_unit_capMinor: { programId, unit, capMinor: cap_minor } };
  const alert = await tx.budgetAlert.findUnique({ where });
  const warn = alert === null;
  const exhaust = state === 'exhausted' && alert?.exhaustedAt == null;
  if (!warn && !exhaust) return { warned: 0, exhausted: 0 };
  const now = new Date(now_ms);
  await tx.$executeRaw`
    INSERT INTO budget_alerts AS a (program_id, unit, cap_minor, warned_at, exhausted_at)
    VALUES (${programId}::uuid, ${unit}, ${cap_minor}, ${now}, ${exhaust ? now : null})
    ON CONFLICT (program_id, unit, cap_minor) DO UPDATE
      SET exhausted_at = coalesce(a.exhausted_at, excluded.exhausted_at)`;
  const payload = {
    cap: toJson({ minor: cap_minor, unit }),
    spent: toJson({ minor: spent_minor, unit }),
    percent: budgetPercent(budget),
  };
  const types = [
    ...(warn ? (['budget.warned'] as const) : []),
    ...(exhaust ? (['budget.exhausted'] as const) : []),
  ];
  const subject = `budget:${unit}` as const;
  const messages = types.map(
    (type): OutboxMessage => ({
      key: `${type}:${unit}:${cap_minor}`,
      subject,
      members: [],
      type,
      payload,
    }),
  );
  const added = await tell(tx, programId, messages);
  const count = (type: string) =>
    messages.filter((message) => message.type === type && added.has(message.key)).length;
  return { warned: count('budget.warned'), exhausted: count('budget.exhausted') };
}
