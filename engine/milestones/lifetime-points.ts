import { Prisma } from '../../prisma/generated/client.ts';

/** The member of the program's own accounts, in the index on accounts. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * SQL over a member `m`: their points of a whole life by unit, which are all that was granted, less what was
 * taken back. Holds, spending and expiry move points between accounts and do not count. Columns: `unit`,
 * `minor`.
 */
export const lifetimePoints = (units: readonly string[]): Prisma.Sql => Prisma.sql`
  SELECT a.unit, sum(e.amount_minor)::bigint AS minor
  FROM ledger_accounts a
  JOIN ledger_entries e ON e.account_id = a.id
  JOIN ledger_transactions t ON t.id = e.transaction_id AND t.intent IN ('grant', 'reverse')
  WHERE a.program_id = m.program_id AND coalesce(a.member_id, ${NOBODY}::uuid) = m.id
    AND a.unit = ANY(${[...units]})
  GROUP BY a.unit`;
