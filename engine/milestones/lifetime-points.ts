import type { Database, Tx } from '../../prisma/client.ts';

/** The member of the program's own accounts, in the index on accounts. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Each member's points of a whole life in one unit: all that was granted, less what was taken back. Holds,
 * spending and expiry move points between accounts and do not count. Members without any have no entry.
 */
export async function lifetimePoints(
  tx: Database | Tx,
  programId: string,
  memberIds: readonly string[],
  unit: string,
): Promise<ReadonlyMap<string, bigint>> {
  const rows = await tx.$queryRaw<{ memberId: string; points: bigint }[]>`
    SELECT a.member_id::text AS "memberId", sum(e.amount_minor)::bigint AS points
    FROM ledger_accounts a
    JOIN ledger_entries e ON e.account_id = a.id
    JOIN ledger_transactions t ON t.id = e.transaction_id AND t.intent IN ('grant', 'reverse')
    WHERE a.program_id = ${programId}::uuid
      AND coalesce(a.member_id, ${NOBODY}::uuid) = ANY(${[...memberIds]}::uuid[]) AND a.unit = ${unit}
    GROUP BY a.member_id`;
  return new Map(rows.map(({ memberId, points }) => [memberId, points]));
}
