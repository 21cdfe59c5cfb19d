import type { Tx } from '../../prisma/client.ts';

/**
 * Locks the rows of members until the end of the transaction, always in the order of their ids, so that two
 * callers with the same members do not wait for each other for ever. Returns how many qualified referrals
 * each has; a member that does not exist has no entry.
 */
export async function lockMembers(
  tx: Tx,
  programId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.$queryRaw<{ id: string; qualifiedReferrals: number }[]>`
    SELECT id::text, qualified_referrals AS "qualifiedReferrals" FROM members
    WHERE program_id = ${programId}::uuid AND id = ANY(${[...new Set(memberIds)]}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`;
  return new Map(rows.map(({ id, qualifiedReferrals }) => [id, qualifiedReferrals]));
}
