import { erasedRefusal } from '../privacy/erasure.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { blockedRefusal } from './block.ts';
import { underWayRefusal } from './under-way.ts';

/** The most rows of a member who is merged: all that is theirs moves in one transaction. */
export const MERGE_ROWS_MAX = 10_000;

/** One of the two members of a merge. */
export interface MergeMember {
  readonly id: string;
  readonly mergedInto: string | null;
  readonly blockedAt: Date | null;
  readonly erasedAt: Date | null;
}

/** What the member who goes has that may stand against it. */
export interface MergeLoad {
  /** A redemption that has not ended. */
  readonly redeems: boolean;
  /** Rows that would move. */
  readonly rows: number;
}

/** Why a member who was merged is not changed any more. */
export const alreadyMerged = refuse('already_merged', 'The member was merged into another before.');

/**
 * Whether `goes` may be merged into `stays`, to whom the one that was named leads. `already_merged` where
 * `goes` was merged before, `same_member` where both lead to one, `member_erased` where either is erased,
 * which nobody undoes, and `member_blocked` where either is blocked.
 */
export function judgeMerge(goes: MergeMember, stays: MergeMember): Result<true> {
  if (goes.mergedInto !== null) return alreadyMerged;
  if (goes.id === stays.id) return refuse('same_member', 'Both lead to one member already.');
  if (goes.erasedAt !== null || stays.erasedAt !== null) return erasedRefusal;
  return goes.blockedAt === null && stays.blockedAt === null ? ok(true) : blockedRefusal;
}

/**
 * Whether what the member who goes has may move now. `redemption_under_way` where a provider or an operator
 * may still answer, `merge_too_large` beyond `MERGE_ROWS_MAX`.
 */
export function judgeMergeLoad({ redeems, rows }: MergeLoad): Result<true> {
  if (redeems) return underWayRefusal;
  if (rows <= MERGE_ROWS_MAX) return ok(true);
  return refuse(
    'merge_too_large',
    'The member has too much to move in one step: merge the other account into this one instead.',
  );
}
