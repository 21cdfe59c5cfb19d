import { earningTypes, MOVE_STEPS_MAX, type MoveLoad } from '../../domain/referrals/move.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { isStanding } from './stands.ts';

/** A referral that is to move. */
export interface MovingReferral {
  readonly programId: string;
  readonly referralId: string;
  readonly referrerId: string;
  /** Of the policy under which it began. */
  readonly rules: readonly Rule[];
}

/** What a move of a referral would have to do, counted a little past the most. */
export async function moveLoad(
  tx: Tx,
  { programId, referralId, referrerId, rules }: MovingReferral,
): Promise<MoveLoad> {
  const limit = MOVE_STEPS_MAX + 1;
  const stands = isStanding(Prisma.sql`e`, Prisma.sql`${referralId}`);
  const [load] = await tx.$queryRaw<MoveLoad[]>`
    SELECT (
      SELECT count(*)::int FROM (
        SELECT FROM rewards
        WHERE program_id = ${programId}::uuid AND referral_id = ${referralId}::uuid
          AND member_id = ${referrerId}::uuid AND status <> 'reversed' LIMIT ${limit}) r) AS rewards, (
      SELECT count(*)::int FROM (
        SELECT FROM referrals r
        JOIN members m ON m.program_id = r.program_id AND m.id = r.referred_id
        LEFT JOIN members s ON s.program_id = m.program_id AND s.id = m.merged_into
        JOIN events e ON e.program_id = m.program_id AND e.subject = coalesce(s.external_id, m.external_id)
        WHERE r.program_id = ${programId}::uuid AND r.id = ${referralId}::uuid
          AND e.type = ANY(${[...earningTypes(rules)]}) AND ${stands} LIMIT ${limit}) a) AS actions`;
  if (load === undefined) throw new Error(`referral ${referralId} was not looked at`);
  return load;
}
