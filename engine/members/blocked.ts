import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Which of these members are blocked. */
export async function blockedAmong(
  tx: Tx,
  programId: string,
  memberIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.member.findMany({
    where: { programId, id: { in: [...memberIds] }, blockedAt: { not: null } },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}

/** Whether a member is blocked. */
export const isBlocked = async (tx: Tx, programId: string, memberId: string): Promise<boolean> =>
  (await blockedAmong(tx, programId, [memberId])).size > 0;

/** SQL over a table with `program_id` and `member_id`: the row is of a member who is blocked. */
export const isOfBlocked = (table: 'rewards') => Prisma.sql`
  EXISTS (SELECT FROM members b WHERE b.program_id = ${Prisma.raw(table)}.program_id
    AND b.id = ${Prisma.raw(table)}.member_id AND b.blocked_at IS NOT NULL)`;
