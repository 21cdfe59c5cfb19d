import type { Posting } from '../../domain/ledger/posting.ts';
import { refuse } from '../../domain/refusal.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';

/** The key of the posting that grants a reward. */
export const grantKey = (rewardId: string) => `grant:${rewardId}`;

/** Why a grant is not made whose amount the program cannot afford. */
export const noBudget = refuse('budget_exhausted', 'The program’s budget has no room for it.');

/**
 * Posts what the budget has room for, and gives the keys of those posted. All are tried together first: that
 * call locks every account in order, so that trying them singly afterwards cannot deadlock.
 */
export async function postAffordable(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<ReadonlySet<string>> {
  const afforded = new Set<string>();
  const tries = postings.length > 1 ? [postings, ...postings.map((posting) => [posting])] : [postings];
  for (const together of tries) {
    if (await postTogether(tx, programId, together)) for (const { key } of together) afforded.add(key);
    if (afforded.size === postings.length) break;
  }
  return afforded;
}

/** Posts all of them, or none where the budget has no room for all. Returns whether it had. */
export async function postTogether(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<boolean> {
  const result = await post(tx, programId, postings);
  if (!result.ok && result.code !== 'floor_reached') {
    throw new Error(`${postings.map(({ key }) => key).join(', ')} refused: ${result.code}`);
  }
  return result.ok;
}
