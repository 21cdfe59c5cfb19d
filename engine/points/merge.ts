import type { Tx } from '../../prisma/client.ts';
import { tell } from '../events/outbox.ts';
import type { Merge } from '../members/merging.ts';
import type { Policies } from '../policies/in-force.ts';
import { joinLifetime } from './join.ts';
import { recountMember } from './recount.ts';

/**
 * Moves what the member has had in points, and their achievements. The level follows from both: the higher
 * of the two is not told again, a higher one is. An achievement that is earned once and that both have stays
 * with either account. Actions have their numbers among those of both from now on, and keep what they earned
 * by the numbers of before. What either did is asked again by the referral of the one who stays.
 */
export async function mergePoints(tx: Tx, policies: Policies, merge: Merge): Promise<void> {
  const { programId, goesId, staysId, commandId, now_ms } = merge;
  const current = await policies.inForce(tx, programId);
  const points = current?.policy.points;
  const repeatable = (points?.achievements ?? []).filter((it) => it.repeatable).map(({ id }) => id);
  await tx.$executeRaw`
    WITH renumbered AS (
      UPDATE member_actions SET number = NULL
      WHERE program_id = ${programId}::uuid AND member_id = ${staysId}::uuid AND number IS NOT NULL)
    UPDATE achievement_awards a SET member_id = ${staysId}::uuid, number = a.number + coalesce((
        SELECT max(b.number) FROM achievement_awards b
        WHERE b.program_id = a.program_id AND b.member_id = ${staysId}::uuid
          AND b.achievement = a.achievement), 0)
    WHERE a.program_id = ${programId}::uuid AND a.member_id = ${goesId}::uuid
      AND (a.achievement = ANY(${repeatable}) OR NOT EXISTS (
        SELECT FROM achievement_awards b
        WHERE b.program_id = a.program_id AND b.member_id = ${staysId}::uuid
          AND b.achievement = a.achievement AND b.status <> 'reversed'))`;
  const mover = {
    programId,
    unit: points?.unit ?? null,
    levels: points?.levels ?? [],
    actorId: null,
    policyVersion: current?.version ?? 0,
  };
  await recountMember(tx, { programId, memberId: staysId, by: commandId, now_ms });
  await tell(tx, programId, await joinLifetime(tx, mover, { fromId: goesId, memberId: staysId }));
}
