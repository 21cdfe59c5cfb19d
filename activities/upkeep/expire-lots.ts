import { inTransaction } from '../../engine/transaction.ts';
import { expiredLots } from '../../ledger/expiry.ts';
import { post } from '../../ledger/post.ts';
import type { ActivityDeps } from '../deps.ts';

/** Lots looked for at once; the next batch follows until none is left. */
const BATCH = 200;

/**
 * Lets expired lots lapse, one a transaction. Returns how many lapsed. A repeat finds nothing due; the next
 * run handles a lot that was drawn on meanwhile.
 */
export async function expireLots(
  deps: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<{ expired: number }> {
  let expired = 0;
  for (;;) {
    const due = await expiredLots(deps.db, new Date(now_ms), BATCH);
    let lapsed = 0;
    for (const { programId, posting } of due) {
      const result = await inTransaction(deps, (tx) => post(tx, programId, [posting]));
      if (result.ok) lapsed += 1;
      else if (result.code !== 'lot_changed') throw new Error(`${posting.key} was refused: ${result.code}`);
    }
    expired += lapsed;
    if (due.length < BATCH || lapsed === 0) return { expired };
  }
}
