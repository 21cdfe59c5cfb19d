import { OF_PROGRAM, OF_PROGRAM_T, type SqlCheck } from './prove-claims.ts';
import {
  allocationsOfLots,
  expiryOfBalances,
  keysUnique,
  lotsOfBalances,
  resolvedTwice,
  resolvedWrongly,
  rewardsMatch,
} from './prove-content.ts';
import { expiredOfLots, originsOfLots, originsOfTransactions, revivedOfGrants } from './prove-origins.ts';

/** What `ledger_label` returns for an account. Only the ledger's own functions may call that function. */
const LABEL = `concat_ws(':', CASE WHEN a.member_id IS NULL THEN 1 ELSE 0 END, a.unit, a.kind, a.member_id,
  CASE WHEN a.kind = 'budget' THEN a.shard END)`;

const balanced = `
  SELECT format('transaction %s sums to %s %s', e.transaction_id, sum(e.amount_minor), a.unit) AS found
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE ${OF_PROGRAM}
  GROUP BY e.transaction_id, a.program_id, a.unit HAVING sum(e.amount_minor) <> 0`;

const bounded = `
  SELECT format('account %s (%s) has %s between %s and %s',
    a.id, a.kind, b.balance_minor, b.floor_minor, b.ceiling_minor) AS found
  FROM ledger_balances b JOIN ledger_accounts a ON a.id = b.account_id WHERE ${OF_PROGRAM}
    AND (b.balance_minor < b.floor_minor OR b.balance_minor > b.ceiling_minor
      OR (a.kind = 'budget' AND a.shard <> 0 AND b.floor_minor IS DISTINCT FROM b.ceiling_minor)
      OR (a.kind = 'owed' AND b.ceiling_minor IS DISTINCT FROM 0)
      OR (a.kind NOT IN ('owed', 'budget') AND b.floor_minor IS DISTINCT FROM 0))`;

const conserved = `
  SELECT format('program %s is off by %s %s', a.program_id, sum(b.balance_minor), a.unit) AS found
  FROM ledger_balances b JOIN ledger_accounts a ON a.id = b.account_id WHERE ${OF_PROGRAM}
  GROUP BY a.program_id, a.unit HAVING sum(b.balance_minor) <> 0`;

const withoutEntries = `
  SELECT format('account %s has %s at version %s and no entry', a.id, b.balance_minor, b.version) AS found
  FROM ledger_accounts a LEFT JOIN ledger_balances b ON b.account_id = a.id WHERE ${OF_PROGRAM}
    AND (b.account_id IS NULL OR b.balance_minor <> 0 OR b.version <> 0)
    AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.account_id = a.id)`;

/** References that the writing function guarantees, and PostgreSQL does not check row by row. */
const orphans = `
  SELECT format('an entry of account %s names transaction %s, which its program does not have',
    a.id, e.transaction_id) AS found
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
  LEFT JOIN ledger_transactions t ON t.id = e.transaction_id AND t.program_id = a.program_id
  WHERE ${OF_PROGRAM} AND t.id IS NULL
  UNION ALL
  SELECT format('lot %s names transaction %s, which its program does not have', l.id, l.transaction_id)
  FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
  LEFT JOIN ledger_transactions t ON t.id = l.transaction_id AND t.program_id = a.program_id
  WHERE ${OF_PROGRAM} AND t.id IS NULL
  UNION ALL
  SELECT format('transaction %s took from lot %s, which its program does not have',
    u.transaction_id, u.lot_id)
  FROM ledger_allocations u JOIN ledger_transactions t ON t.id = u.transaction_id
  LEFT JOIN ledger_lots l ON l.id = u.lot_id
  LEFT JOIN ledger_accounts a ON a.id = l.account_id AND a.program_id = t.program_id
  WHERE ${OF_PROGRAM_T} AND a.id IS NULL`;

/** Rows that belong to nothing, and so to no program. */
const strays = `
  SELECT format('an entry names account %s, which is not on record', e.account_id) AS found
  FROM ledger_entries e
  WHERE $1::uuid IS NULL AND NOT EXISTS (SELECT FROM ledger_accounts a WHERE a.id = e.account_id)
  UNION ALL
  SELECT format('lot %s names account %s, which is not on record', l.id, l.account_id)
  FROM ledger_lots l
  WHERE $1::uuid IS NULL AND NOT EXISTS (SELECT FROM ledger_accounts a WHERE a.id = l.account_id)
  UNION ALL
  SELECT format('lot %s was used by transaction %s, which is not on record', u.lot_id, u.transaction_id)
  FROM ledger_allocations u
  WHERE $1::uuid IS NULL AND NOT EXISTS (SELECT FROM ledger_transactions t WHERE t.id = u.transaction_id)`;

const mislabelled = `
  SELECT format('the balance of account %s is labelled %s', a.id, b.label) AS found
  FROM ledger_balances b JOIN ledger_accounts a ON a.id = b.account_id WHERE ${OF_PROGRAM}
    AND (b.program_id, b.label) IS DISTINCT FROM (a.program_id, ${LABEL})`;

const emptyTransactions = `
  SELECT format('transaction %s has no entry', t.id) AS found FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.transaction_id = t.id)`;

const missingTriggers = `
  SELECT format('the trigger %s is not in force', wanted.name) AS found
  FROM (VALUES ('ledger_transactions_append_only'), ('ledger_entries_append_only'),
      ('ledger_allocations_append_only'), ('ledger_entries_posted')) AS wanted (name)
  WHERE $1::uuid IS NOT DISTINCT FROM $1::uuid
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgname = wanted.name AND g.tgenabled IN ('O', 'A'))`;

const rightsToWrite = `
  SELECT format('the application may %s %s', lower(r.name), t.name) AS found
  FROM (VALUES ('ledger_accounts'), ('ledger_balances'), ('ledger_transactions'), ('ledger_entries'),
      ('ledger_lots'), ('ledger_allocations')) AS t (name),
    (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS r (name)
  WHERE $1::uuid IS NOT DISTINCT FROM $1::uuid AND has_table_privilege('referral_app', t.name, r.name)`;

/** Every query of the prover, by the claim that it checks. */
export const SQL_CHECKS: readonly SqlCheck[] = [
  { check: 'balanced', sql: balanced },
  { check: 'noOverdraft', sql: bounded },
  { check: 'conserved', sql: conserved },
  { check: 'consistent', sql: withoutEntries },
  { check: 'consistent', sql: mislabelled },
  { check: 'appendOnly', sql: orphans },
  { check: 'appendOnly', sql: strays },
  { check: 'appendOnly', sql: emptyTransactions },
  { check: 'appendOnly', sql: missingTriggers },
  { check: 'appendOnly', sql: rightsToWrite },
  { check: 'holdsResolveOnce', sql: resolvedTwice },
  { check: 'holdsResolveOnce', sql: resolvedWrongly },
  { check: 'lotsMatch', sql: lotsOfBalances },
  { check: 'lotsMatch', sql: expiryOfBalances },
  { check: 'lotsMatch', sql: allocationsOfLots },
  { check: 'lotsMatch', sql: expiredOfLots },
  { check: 'originsMatch', sql: originsOfLots },
  { check: 'originsMatch', sql: originsOfTransactions },
  { check: 'originsMatch', sql: revivedOfGrants },
  { check: 'keysUnique', sql: keysUnique },
  { check: 'rewardsMatch', sql: rewardsMatch },
];
