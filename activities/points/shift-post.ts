import type { Mover, PointMove } from '../../engine/points/move.ts';
import { postMoves } from '../../engine/points/write.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Shift, type ShiftMoves, sharesOf } from './shift.ts';

/** What was posted. */
export interface PostedShift {
  readonly postedKeys: ReadonlySet<string>;
  /** What of that goes again, as refunds have taken it of its action before. */
  readonly shares: readonly PointMove[];
}

/** Posts what an event turns round, with its own moves: first what goes, so that the budget has it. */
export async function postShift(
  tx: Tx,
  mover: Mover,
  { shift, moves: { lost, gains } }: { readonly shift: Shift; readonly moves: ShiftMoves },
  own: readonly PointMove[] = [],
): Promise<PostedShift> {
  const moves = [...lost, ...own, ...gains.flatMap(({ move }) => move ?? [])];
  const postedKeys = await postMoves(tx, mover, moves);
  const shares = sharesOf(shift, { lost, gains }, postedKeys);
  const sharedKeys = shares.length === 0 ? [] : await postMoves(tx, mover, shares);
  return { postedKeys: new Set([...postedKeys, ...sharedKeys]), shares };
}
