import type pg from 'pg';

/** What is on record for a program, as the superuser reads it. */
export interface Records {
  readonly events: readonly {
    key: string;
    id: string;
    type: string;
    subject: string | null;
    state: string;
    decision: string | null;
  }[];
  readonly rewards: readonly {
    id: string;
    member_id: string;
    referral_id: string;
    rule_id: string;
    amount: bigint;
    status: string;
  }[];
  readonly redemptions: readonly { id: string; member_id: string; amount: bigint; status: string }[];
  readonly members: readonly { id: string; qualified: number; referrals: number }[];
  readonly postings: readonly { key: string; to_members: bigint }[];
  readonly balances: readonly { kind: string; member_id: string | null; amount: bigint }[];
  readonly messages: readonly { key: string }[];
}

const QUERIES: Readonly<Record<keyof Records, string>> = {
  events: `SELECT key, id, type, subject, state, outcome->>'decision' AS decision
     FROM events WHERE program_id = $1`,
  rewards: `SELECT id, member_id, referral_id, rule_id, amount_minor AS amount, status
     FROM rewards WHERE program_id = $1`,
  redemptions: 'SELECT id, member_id, amount_minor AS amount, status FROM redemptions WHERE program_id = $1',
  members: `SELECT m.id, m.qualified_referrals AS qualified,
              (SELECT count(*)::int FROM referrals r
               WHERE r.program_id = m.program_id AND r.referrer_id = m.id) AS referrals
            FROM members m WHERE m.program_id = $1`,
  postings: `SELECT t.key, coalesce(sum(e.amount_minor) FILTER (WHERE a.member_id IS NOT NULL), 0)::bigint
               AS to_members
             FROM ledger_transactions t
             JOIN ledger_entries e ON e.transaction_id = t.id JOIN ledger_accounts a ON a.id = e.account_id
             WHERE t.program_id = $1 GROUP BY t.key`,
  balances: `SELECT a.kind, a.member_id, sum(e.amount_minor)::bigint AS amount
             FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
             WHERE a.program_id = $1 GROUP BY a.kind, a.member_id`,
  messages: 'SELECT key FROM outbox WHERE program_id = $1',
};

const AMOUNTS: ReadonlySet<string> = new Set(['amount', 'to_members']);

/** Reads all of a program's records. */
export async function readRecords(owner: pg.Pool, programId: string): Promise<Records> {
  const entries = Object.entries(QUERIES).map(async ([name, sql]) => {
    const { rows } = await owner.query<Record<string, unknown>>(sql, [programId]);
    const typed = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          AMOUNTS.has(column) ? BigInt(String(value)) : value,
        ]),
      ),
    );
    return [name, typed] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as unknown as Records;
}
