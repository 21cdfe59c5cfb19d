import { MERGE_ROWS_MAX, type MergeLoad } from '../../domain/members/merge.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { isRedeeming } from './redeeming.ts';

/** What moves with a member, by table and the column that names them. */
const MOVES = [
  ['referrals', 'referrer_id'],
  ['rewards', 'member_id'],
  ['refused_rewards', 'member_id'],
  ['redemptions', 'member_id'],
  ['surveys', 'member_id'],
  ['notices', 'member_id'],
  ['links', 'member_id'],
  ['member_actions', 'member_id'],
  ['point_postings', 'member_id'],
] as const;

/** What a member has that may stand against a merge. */
export async function mergeLoad(db: Database | Tx, programId: string, memberId: string): Promise<MergeLoad> {
  const redeems = await isRedeeming(db, programId, memberId);
  return { redeems, rows: await rowsToMove(db, programId, memberId) };
}

/** How many rows would move with a member, counted a little past the most. */
export async function rowsToMove(db: Database | Tx, programId: string, memberId: string): Promise<number> {
  const limit = MERGE_ROWS_MAX + 1;
  const parts = MOVES.map(
    ([table, column]) => Prisma.sql`
      (SELECT 1 FROM ${Prisma.raw(table)}
       WHERE program_id = ${programId}::uuid AND ${Prisma.raw(column)} = ${memberId}::uuid LIMIT ${limit})`,
  );
  const [row] = await db.$queryRaw<{ rows: number }[]>`
    SELECT count(*)::int AS rows FROM (
      ${Prisma.join(parts, ' UNION ALL ')} UNION ALL
      (SELECT 1 FROM events e JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
       WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid LIMIT ${limit}) UNION ALL
      (SELECT 1 FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
       WHERE a.program_id = ${programId}::uuid AND a.member_id = ${memberId}::uuid AND l.open
       LIMIT ${limit})) moving`;
  if (row === undefined) throw new Error(`member ${memberId} was not looked at`);
  return row.rows;
}
