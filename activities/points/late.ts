import type { PointsTally } from '../../domain/points/tally.ts';
import { readMoved } from '../../engine/points/numbers.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { MOVED_MAX, readPointTurns, type Shift } from './shift.ts';

/**
 * Reads what a late event turns round: numbers go by the actions' own times, so those after it move up by
 * one.
 */
export async function readPointShift(
  tx: Tx,
  policies: Policies,
  source: SourceEvent,
  tally: PointsTally,
): Promise<Shift> {
  const { programId, eventId, occurred_at_ms } = source;
  const rows = await readMoved(tx, policies, source, MOVED_MAX + 1);
  return await readPointTurns(
    tx,
    policies,
    { how: 'late', programId, eventId, occurred_at_ms },
    { rows, tally },
  );
}
