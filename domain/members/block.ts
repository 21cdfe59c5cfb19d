import { ok, type Result, refuse } from '../refusal.ts';

/** What becomes of a member's pending rewards when a block ends. */
export const PENDING_CHOICES = ['release', 'cancel'] as const;
export type PendingChoice = (typeof PENDING_CHOICES)[number];

/** Why a member who is blocked gets nothing. */
export const blockedRefusal = refuse(
  'member_blocked',
  'The member is blocked: they earn and redeem nothing.',
);

/** Whether a block may begin or end: `member_blocked` when one is on, `member_not_blocked` when none is. */
export function judgeBlock(isBlocked: boolean, wanted: 'block' | 'unblock'): Result<true> {
  if (isBlocked === (wanted === 'unblock')) return ok(true);
  return isBlocked
    ? refuse('member_blocked', 'The member is blocked already.')
    : refuse('member_not_blocked', 'The member is not blocked.');
}
