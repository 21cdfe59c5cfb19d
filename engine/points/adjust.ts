import { blockedRefusal } from '../../domain/members/block.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { balancesOf } from '../../ledger/balances.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockMembers } from '../members/lock.ts';
import { noBudget } from '../rewards/budget.ts';
import { moveId } from './move.ts';
import { postMoves, writeMoves } from './write.ts';

/** Points that an operator gives or takes by hand. */
export interface Adjustment {
  readonly programId: string;
  readonly memberId: string;
  /** Once per program. */
  readonly id: string;
  readonly points: PointsPolicy;
  readonly policyVersion: number;
  /** Below zero for points that are taken. */
  readonly amount_minor: bigint;
  readonly expires_at_ms: number | null;
  readonly now_ms: number;
  /** Who, and why. */
  readonly trace: { readonly by: string; readonly note: string };
}

/**
 * Moves points by an operator's hand, and lifetime points and level with them. Returns the posting's id.
 * Refuses with `budget_exhausted`, with `member_blocked` for giving to a member who is blocked, or with
 * `insufficient_balance` for taking more than the member has.
 */
export async function adjustPoints(tx: Tx, adjustment: Adjustment): Promise<Result<string>> {
  const { programId, memberId, points, policyVersion, amount_minor, now_ms } = adjustment;
  const locked = await lockMembers(tx, programId, [memberId]);
  if (amount_minor > 0n && locked.get(memberId)?.isBlocked === true) return blockedRefusal;
  if (amount_minor < 0n) {
    const balances = await balancesOf(tx, programId, memberId, new Date(now_ms));
    const has_minor = balances.find(({ unit }) => unit === points.unit)?.available_minor ?? 0n;
    if (has_minor < -amount_minor) {
      return refuse('insufficient_balance', 'The member has fewer points than that.');
    }
  }
  const mover = { programId, unit: points.unit, levels: points.levels, actorId: null, policyVersion };
  const move = {
    key: `points:operator:${adjustment.id}`,
    memberId,
    source: 'operator' as const,
    eventId: null,
    ruleId: null,
    policyVersion: null,
    unit: points.unit,
    amount_minor,
    occurred_at_ms: now_ms,
    expires_at_ms: adjustment.expires_at_ms,
    trace: adjustment.trace,
  };
  const postedKeys = await postMoves(tx, mover, [move]);
  if (!postedKeys.has(move.key)) return noBudget;
  await writeMoves(tx, mover, [{ moves: [move] }]);
  return ok(moveId(programId, move.key));
}
