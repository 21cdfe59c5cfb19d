import type { Tx } from '../../prisma/client.ts';

/**
 * Locks a program's row until the end of the transaction, so that what counts or changes its things goes one
 * after the other. Events are taken meanwhile. Without such a program it does nothing.
 */
export async function lockProgramRow(tx: Tx, programId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM programs WHERE id = ${programId}::uuid FOR NO KEY UPDATE`;
}
