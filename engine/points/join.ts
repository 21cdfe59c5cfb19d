import { decideLevelChange } from '../../domain/points/levels.ts';
import {
  addPoints,
  type LifetimePoints,
  type MemberLevelChange,
  noPoints,
  onLevel,
} from '../../domain/points/lifetime.ts';
import type { Tx } from '../../prisma/client.ts';
import type { OutboxMessage } from '../events/outbox.ts';
import { levelMessage, readLifetimes, writtenLifetimes } from './lifetime.ts';
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
  const { programId } = mover;
  const all = [...(await readLifetimes(tx, programId, [fromId, memberId])).values()];
  const goes = all.filter((points) => points.memberId === fromId);
  const joined = goes.map((points) => {
    const { unit } = points;
    const stays = all.find((it) => it.memberId === memberId && it.unit === unit);
    return joinPoints(mover, points, stays ?? noPoints({ memberId, unit }));
  });
  // A member who was merged takes no new rows, not even in place of one that is there.
  await tx.memberPoints.updateMany({ where: { programId, memberId: fromId }, data: { lifetimeMinor: 0n } });
  const points = joined.map((it) => it.points);
  const changes = joined.flatMap((it) => it.changes);
  await tx.$executeRaw`
    WITH ${writtenLifetimes(programId, mover.policyVersion, points, changes)} SELECT`;
  return joined.flatMap(({ told }) => told.map(levelMessage));
}

/** What the one who stays has in a unit with what the other had, the changes of level, and those told. */
function joinPoints(
  { unit, levels }: Mover,
  goes: LifetimePoints,
  stays: LifetimePoints,
): { points: LifetimePoints; changes: MemberLevelChange[]; told: MemberLevelChange[] } {
  let points = addPoints(stays, goes.lifetime_minor);
  const changes: MemberLevelChange[] = [];
  if (goes.unit !== unit) return { points, changes, told: [] };
  const placeOf = (id: string | null) => levels.findIndex((level) => level.id === id);
  if (placeOf(goes.levelId) > placeOf(points.levelId)) {
    const change = { kind: 'reached', from: points.levelId, to: goes.levelId, passed: [] } as const;
    points = onLevel(points, goes.levelId);
    changes.push({ points, change });
  }
  const change = decideLevelChange(levels, points.levelId, points.lifetime_minor);
  if (change?.kind !== 'reached') return { points, changes, told: [] };
  points = onLevel(points, change.to);
  return { points, changes: [...changes, { points, change }], told: [{ points, change }] };
}
