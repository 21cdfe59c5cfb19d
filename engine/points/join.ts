import { decideLevelChange } from '../../domain/points/levels.ts';
import type { Tx } from '../../prisma/client.ts';
import type { OutboxMessage } from '../events/outbox.ts';
import { addLifetime, writeLevel } from './lifetime.ts';
import type { Mover } from './move.ts';

/**
 * Adds what one member has had in points to what another has had, and leaves the first with none. Whose level
 * was the higher gives the level, untold; a rise above both gives the message of it. The caller has locked
 * both.
 */
export async function joinLifetime(
  tx: Tx,
  mover: Mover,
  { fromId, memberId }: { readonly fromId: string; readonly memberId: string },
): Promise<OutboxMessage[]> {
  const { programId, levels } = mover;
  const where = { programId, memberId: fromId };
  const rows = await tx.memberPoints.findMany({ where, orderBy: { unit: 'asc' } });
  await tx.memberPoints.updateMany({ where, data: { lifetimeMinor: 0n } });
  const messages: OutboxMessage[] = [];
  for (const { unit, lifetimeMinor, levelId } of rows) {
    let points = await addLifetime(tx, mover, { memberId, unit, by_minor: lifetimeMinor });
    if (unit !== mover.unit) continue;
    const placeOf = (id: string | null) => levels.findIndex((level) => level.id === id);
    if (placeOf(levelId) > placeOf(points.levelId)) {
      await writeLevel(tx, mover, points, { kind: 'reached', from: points.levelId, to: levelId, passed: [] });
      points = { ...points, levelId, levelChanges: points.levelChanges + 1 };
    }
    const change = decideLevelChange(levels, points.levelId, points.lifetimeMinor);
    if (change?.kind === 'reached') messages.push(await writeLevel(tx, mover, points, change));
  }
  return messages;
}
