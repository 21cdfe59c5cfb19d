import type { Money } from '../../domain/money.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { afterCommit } from '../transaction.ts';
import { foldWindow } from './fold-window.ts';
import { type BoardInPlay, windowsAt } from './in-play.ts';

/** What a member earned, or lost again. */
export interface ScoreChange {
  readonly programId: string;
  readonly memberId: string;
  readonly boards: readonly BoardInPlay[];
  /** Qualified referrals: one more, one less, or as many as before. */
  readonly referrals: 1 | 0 | -1;
  /** Value of the qualifying event, once in each unit that it counts in; negative when it is taken back. */
  readonly revenue: readonly Money[];
  /** Points earned, or lost when negative; left out: none. */
  readonly points?: bigint;
  /** When the referral qualified, which decides the windows that it counts in. */
  readonly earned_at_ms: number;
  /** When this happened. */
  readonly at_ms: number;
  /** When the qualification was decided: a younger board never counted it. Null: just now. */
  readonly decided_at_ms: number | null;
}

/**
 * Moves the member's scores in the transaction that earned them. The caller has locked the member's row. A
 * program without boards pays no query.
 */
export const keepScores = (tx: Tx, change: ScoreChange): Promise<void> =>
  keepAllScores(tx, change.programId, [change]);

/** The same for several changes, one after the other, which may be of several members. */
export async function keepAllScores(
  tx: Tx,
  programId: string,
  changes: readonly ScoreChange[],
): Promise<void> {
  const scored = changes
    .map((change) => ({ member: change.memberId, changes: windowChanges(change) }))
    .filter((it) => it.changes.length > 0);
  if (scored.length === 0) return;
  const rows = await tx.$queryRaw<{ due: string[] }[]>`
    SELECT board_score(${programId}::uuid, member, changes)::text[] AS due
    FROM jsonb_to_recordset(${toJsonText(scored)}::jsonb) AS s(member uuid, changes jsonb)`;
  for (const windowId of new Set(rows.flatMap(({ due }) => due))) {
    afterCommit(tx, async (db) => {
      // Ranks are right without it, and the schedule folds too.
      await foldWindow(db, windowId).catch(() => undefined);
    });
  }
}

/** By how much a change moves the score in each window of the boards, as `board_score` takes it. */
function windowChanges(change: ScoreChange) {
  const { programId, boards, earned_at_ms, at_ms, decided_at_ms } = change;
  return boards
    .filter(({ since_ms }) => decided_at_ms === null || since_ms <= decided_at_ms)
    .map((board) => ({ board, by: amountFor(board, change) }))
    .filter(({ by }) => by !== 0n)
    .flatMap(({ board, by }) =>
      windowsAt(programId, board, earned_at_ms).map((window) => ({ ...window, by, at_ms })),
    );
}

function amountFor({ metric, unit }: BoardInPlay, { referrals, revenue, points = 0n }: ScoreChange): bigint {
  if (metric === 'points') return points;
  if (metric === 'qualified_referrals') return BigInt(referrals);
  return revenue.find((value) => value.unit === unit)?.minor ?? 0n;
}
