import type { Tx } from '../../prisma/client.ts';

/** Locks a reward's row until the end of the transaction. Without such a reward it does nothing. */
export async function lockReward(tx: Tx, programId: string, rewardId: string): Promise<void> {
  await tx.$queryRaw`
    SELECT 1 FROM rewards WHERE program_id = ${programId}::uuid AND id = ${rewardId}::uuid FOR UPDATE`;
}
