import type { Tx } from '../../prisma/client.ts';
import type { Merge } from '../members/merging.ts';

/**
 * Moves the awards of steps that the member who stays does not have. A step that both have stays awarded to
 * both accounts, and is awarded no more; of one that waits for the budget, the other's award is enough. What
 * was taken back stays where it was.
 */
export async function mergeMilestones(tx: Tx, { programId, goesId, staysId, now_ms }: Merge): Promise<void> {
  await tx.$executeRaw`
    UPDATE milestone_awards w SET status = 'reversed', reason = 'merged', reversed_at = ${new Date(now_ms)}
    WHERE w.program_id = ${programId}::uuid AND w.member_id = ${staysId}::uuid AND w.status = 'waiting'
      AND EXISTS (
        SELECT FROM milestone_awards a
        WHERE a.program_id = w.program_id AND a.member_id = ${goesId}::uuid AND a.status = 'awarded'
          AND a.milestone_id = w.milestone_id AND a.step = w.step)`;
  await tx.$executeRaw`
    UPDATE milestone_awards a SET member_id = ${staysId}::uuid, nth = 1 + coalesce((
        SELECT max(b.nth) FROM milestone_awards b
        WHERE b.program_id = a.program_id AND b.member_id = ${staysId}::uuid
          AND b.milestone_id = a.milestone_id AND b.step = a.step), 0)
    WHERE a.program_id = ${programId}::uuid AND a.member_id = ${goesId}::uuid AND a.status <> 'reversed'
      AND NOT EXISTS (
        SELECT FROM milestone_awards b
        WHERE b.program_id = a.program_id AND b.member_id = ${staysId}::uuid AND b.status <> 'reversed'
          AND b.milestone_id = a.milestone_id AND b.step = a.step)`;
}
