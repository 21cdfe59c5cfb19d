import { toJson } from '../../domain/money.ts';
import { decideLevelChange, type LevelChange } from '../../domain/points/levels.ts';
import type { Tx } from '../../prisma/client.ts';
import { aboutMember, type OutboxMessage } from '../events/outbox.ts';
import type { Mover, PointMove } from './move.ts';

/**
 * Adds moves to each member's lifetime points and writes the changes of level that follow. Returns the
 * messages of those changes. The caller has locked the members.
 */
export async function moveLifetime(
  tx: Tx,
  mover: Mover,
  moves: readonly PointMove[],
): Promise<OutboxMessage[]> {
  const messages: OutboxMessage[] = [];
  for (const sum of sumsOf(moves)) {
    const points = await addLifetime(tx, mover, sum);
    // A unit that the policy gave up has no levels any more.
    if (sum.unit !== mover.unit) continue;
    const change = decideLevelChange(mover.levels, points.levelId, points.lifetimeMinor);
    if (change !== null) messages.push(await writeLevel(tx, mover, points, change));
  }
  return messages;
}

interface MemberSum {
  readonly memberId: string;
  readonly unit: string;
  readonly by_minor: bigint;
}

/** What each member gets or loses in all, by member and unit: rows are locked in this order. */
function sumsOf(moves: readonly PointMove[]): MemberSum[] {
  const sums = new Map<string, MemberSum>();
  for (const { memberId, unit, amount_minor } of moves) {
    const name = `${memberId}:${unit}`;
    sums.set(name, { memberId, unit, by_minor: (sums.get(name)?.by_minor ?? 0n) + amount_minor });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

interface LifetimeRow {
  readonly memberId: string;
  readonly unit: string;
  readonly lifetimeMinor: bigint;
  readonly levelId: string | null;
  /** How often the level has changed. */
  readonly levelChanges: number;
}

/** Adds to what a member has had in points; it stays at 0 or above. */
export async function addLifetime(
  tx: Tx,
  { programId }: Mover,
  { memberId, unit, by_minor }: MemberSum,
): Promise<LifetimeRow> {
  const [row] = await tx.$queryRaw<LifetimeRow[]>`
    INSERT INTO member_points AS p (program_id, member_id, unit, lifetime_minor)
    VALUES (${programId}::uuid, ${memberId}::uuid, ${unit}, greatest(0, ${by_minor}::bigint))
    ON CONFLICT (program_id, member_id, unit) DO UPDATE SET
      lifetime_minor = greatest(0, p.lifetime_minor + ${by_minor}::bigint), updated_at = now()
    RETURNING member_id::text AS "memberId", unit, lifetime_minor AS "lifetimeMinor", level_id AS "levelId",
      level_changes AS "levelChanges"`;
  if (row === undefined) throw new Error(`the points of ${memberId} were not written`);
  return row;
}

/** Writes a change of level. Returns the message of it. */
export async function writeLevel(
  tx: Tx,
  { programId, policyVersion }: Mover,
  { memberId, unit, lifetimeMinor, levelChanges }: LifetimeRow,
  { kind, from, to, passed }: LevelChange,
): Promise<OutboxMessage> {
  const number = levelChanges + 1;
  await tx.memberPoints.update({
    where: { programId_memberId_unit: { programId, memberId, unit } },
    data: { levelId: to, levelChanges: number },
    select: { memberId: true },
  });
  const names = { fromLevel: from, toLevel: to };
  await tx.levelChange.create({
    data: { programId, memberId, unit, number, ...names, lifetimeMinor, policyVersion },
    select: { number: true },
  });
  return {
    key: `level:${memberId}:${unit}:${number}`,
    ...aboutMember(memberId),
    type: `level.${kind}`,
    payload: { memberId, from, to, passed, lifetime: toJson({ minor: lifetimeMinor, unit }) },
  };
}
