import type pg from 'pg';
import { connectionConfig } from '../prisma/client.ts';
import { withClient } from '../prisma/connection.ts';
import { SQL_CHECKS } from './prove-checks.ts';
import { CHECKS, type CheckName } from './prove-claims.ts';
import { createFold, type EntryRow, type Report } from './prove-fold.ts';

/** Rows held in memory at once. */
const FETCH_ROWS = 10_000;
/** Counterexamples kept for each check; all are counted. */
const EXAMPLES_MAX = 20;

export interface CheckResult {
  readonly name: CheckName;
  readonly ok: boolean;
  readonly claim: string;
  /** How many things are wrong; for checks by query, at most one more than the examples shown. */
  readonly wrong: number;
  readonly counterexamples: readonly string[];
}

export interface Proof {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
  readonly entries: number;
  readonly elapsed_ms: number;
}

/**
 * Proves the ledger, or one program's part of it, from a single read-only snapshot, while others go on
 * posting. Entries are streamed, so that memory does not grow with them.
 * @param url PostgreSQL URL of any login that may read the ledger.
 * Errors: what `pg` throws when it cannot connect or read; a wrong ledger is a result, not an error.
 */
export async function prove(
  url: string,
  { programId = null }: { programId?: string | null } = {},
): Promise<Proof> {
  const started_ms = performance.now();
  return withClient(connectionConfig({ url, statement_timeout_ms: 0 }), async (client) => {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const findings = new Map<CheckName, { wrong: number; examples: string[] }>();
    const report: Report = (check, found) => {
      const finding = findings.get(check) ?? { wrong: 0, examples: [] };
      findings.set(check, finding);
      finding.wrong += 1;
      if (finding.examples.length < EXAMPLES_MAX) finding.examples.push(found);
    };
    for (const { check, sql } of SQL_CHECKS) {
      const { rows } = await client.query<{ found: string }>(`${sql} LIMIT ${EXAMPLES_MAX + 1}`, [programId]);
      for (const row of rows) report(check, row.found);
    }
    const entries = await streamEntries(client, programId, report);
    await client.query('COMMIT');
    const checks = (Object.keys(CHECKS) as CheckName[]).map((name) => {
      const { wrong, examples } = findings.get(name) ?? { wrong: 0, examples: [] };
      return { name, ok: wrong === 0, claim: CHECKS[name], wrong, counterexamples: examples };
    });
    return {
      ok: checks.every(({ ok }) => ok),
      checks,
      entries,
      elapsed_ms: Math.round(performance.now() - started_ms),
    };
  });
}

/**
 * Folds all entries through a server-side cursor, in the order of their primary key. Returns how many there
 * are.
 */
async function streamEntries(client: pg.Client, programId: string | null, report: Report): Promise<number> {
  await client.query(
    `DECLARE entries NO SCROLL CURSOR FOR
     SELECT e.account_id AS "accountId", a.kind, e.version, e.amount_minor, e.balance_after_minor,
       b.balance_minor AS cached_minor, b.version AS "cachedVersion"
     FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
     LEFT JOIN ledger_balances b ON b.account_id = e.account_id
     WHERE $1::uuid IS NULL OR a.program_id = $1::uuid
     ORDER BY e.account_id, e.version`,
    [programId],
  );
  const fold = createFold(report);
  let count = 0;
  for (;;) {
    const { rows } = await client.query<EntryRow>(`FETCH ${FETCH_ROWS} FROM entries`);
    for (const row of rows) fold.next(row);
    count += rows.length;
    if (rows.length < FETCH_ROWS) break;
  }
  fold.end();
  return count;
}
