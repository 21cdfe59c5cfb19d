import type { Tx } from '../../prisma/client.ts';

/** What is known of a member who is locked. */
export interface LockedMember {
  readonly qualifiedReferrals: number;
  readonly isBlocked: boolean;
}

/**
 * Locks the rows of members until the end of the transaction, always in the order of their ids, so that two
 * callers with the same members do not wait for each other for ever. A member that does not exist has no
 * entry.
 */
export async function lockMembers(
  tx: Tx,
  programId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, LockedMember>> {
  const rows = await tx.$queryRaw<(LockedMember & { readonly id: string })[]>`
    SELECT id::text, qualified_referrals AS "qualifiedReferrals", blocked_at IS NOT NULL AS "isBlocked"
    FROM members
    WHERE program_id = ${programId}::uuid AND id = ANY(${[...new Set(memberIds)]}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`;
  return new Map(rows.map(({ id, ...member }) => [id, member]));
}
