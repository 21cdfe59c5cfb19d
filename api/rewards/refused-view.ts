import type { z } from 'zod';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { judgeRefused, type RefusedNow } from '../../engine/referrals/again.ts';
import { type CappedBudget, cappedBudgets } from '../../ledger/balances.ts';
import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { iso, moneyJsonOf } from '../trpc/views.ts';
import type { refusedRewardAnswer } from './refused-schema.ts';

/** A page of what budgets refused, the newest first, each as it stands now. */
export async function readRefused(
  db: Database,
  where: Prisma.RefusedRewardWhereInput & { readonly programId: string },
  request: PageRequest,
) {
  const rows = await db.refusedReward.findMany(newest(where, request));
  const judged = await judgeRefused(db, createPolicies(), where.programId, rows);
  const budgets = await cappedBudgets(db, where.programId);
  const views = new Map(judged.map((now) => [now.refused.id, refusedView(now, budgets)]));
  return newestPage(rows, request, ({ id }) => {
    const view = views.get(id);
    if (view === undefined) throw new Error(`refused reward ${id} is not judged`);
    return view;
  });
}

function refusedView(
  { refused, rewardId, partOf, judgement }: RefusedNow,
  budgets: readonly CappedBudget[],
): z.infer<typeof refusedRewardAnswer> {
  const { id, referralId, memberId, eventId, ruleId, policyVersion, unit, amountMinor } = refused;
  const budget = budgets.find((one) => one.unit === unit);
  const left_minor = budget === undefined ? null : budget.cap_minor - budget.spent_minor;
  const due = judgement.ok ? judgement.value : null;
  const hasRoom = due === null || left_minor === null || due.amount_minor <= left_minor;
  return {
    id,
    referralId,
    memberId,
    eventId,
    ruleId,
    policyVersion,
    amount: moneyJsonOf(amountMinor, unit),
    partOf: partOf === null ? null : refused.rewardId,
    occurredAt: iso(refused.occurredAt),
    refusedAt: iso(refused.refusedAt),
    status: judgement.ok ? 'open' : judgement.code === 'already_resolved' ? 'granted' : 'lapsed',
    code: judgement.ok ? (hasRoom ? null : 'budget_exhausted') : judgement.code,
    due: due === null ? null : moneyJsonOf(due.amount_minor - due.refunded_minor, unit),
    rewardId: partOf === null ? rewardId : null,
    budgetLeft: left_minor === null ? null : moneyJsonOf(left_minor, unit),
  };
}
