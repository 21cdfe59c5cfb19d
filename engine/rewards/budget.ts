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
    const result = await post(tx, programId, together);
    if (!result.ok && result.code !== 'floor_reached') {
      throw new Error(`${together.map(({ key }) => key).join(', ')} refused: ${result.code}`);
    }
    if (result.ok) for (const { key } of together) afforded.add(key);
    if (afforded.size === postings.length) break;
  }
  return afforded;
}
