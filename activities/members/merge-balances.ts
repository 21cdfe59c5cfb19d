import type { Posting } from '../../domain/ledger/posting.ts';
import {
  mergeAvailablePosting,
  mergeOwedPosting,
  mergePendingPosting,
} from '../../domain/ledger/postings.ts';
import type { Merge } from '../../engine/members/merging.ts';
import { balancesOf, type MemberBalance } from '../../ledger/balances.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import { tryAgain } from '../errors.ts';

/**
 * Moves what a member has on hold, has and owes, by one posting for each unit and kind. What has expired by
 * now stays for its expiry, which the upkeep posts. Nothing is reserved, since a merge waits for redemptions.
 */
export async function mergeBalances(tx: Tx, merge: Merge): Promise<void> {
  const { programId, goesId, now_ms } = merge;
  const now = new Date(now_ms);
  const balances = await balancesOf(tx, programId, goesId, now);
  const posted = await post(
    tx,
    programId,
    balances.flatMap((balance) => postingsOf(merge, balance)),
  );
  const left = await balancesOf(tx, programId, goesId, now);
  // Somebody posted between the look and the lock of the balances, and had no need of any row that moves.
  if (!posted.ok || left.some(hasAny)) throw tryAgain('the balances of a merge moved meanwhile');
}

function postingsOf(
  { goesId, staysId, commandId, now_ms }: Merge,
  { unit, pending_minor, available_minor, owed_minor }: MemberBalance,
): Posting[] {
  const of = (kind: string, amount_minor: bigint) => ({
    key: `merge:${commandId}:${unit}:${kind}`,
    unit,
    amount_minor,
    memberId: goesId,
    intoMemberId: staysId,
    occurred_at_ms: now_ms,
  });
  return [
    ...(pending_minor > 0n ? [mergePendingPosting(of('pending', pending_minor))] : []),
    ...(available_minor > 0n ? [mergeAvailablePosting(of('available', available_minor))] : []),
    ...(owed_minor < 0n ? [mergeOwedPosting(of('owed', -owed_minor))] : []),
  ];
}

const hasAny = ({ pending_minor, available_minor, reserved_minor, owed_minor }: MemberBalance): boolean =>
  [pending_minor, available_minor, reserved_minor, owed_minor].some((minor) => minor !== 0n);
