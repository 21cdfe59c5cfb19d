/** What the prover proves, in the order of its report, each as a sentence. */
export const CHECKS = {
  balanced: 'the entries of every transaction sum to zero in each unit',
  noOverdraft: 'no balance is, or ever was, below its floor or above its ceiling',
  conserved: 'all balances of a program sum to zero in each unit',
  consistent: 'every balance is the sum of its entries, at every step',
  appendOnly: 'no entry is missing or stray, and nobody may change what is posted',
  holdsResolveOnce: 'every hold is resolved, and every transaction taken back, at most once',
  lotsMatch: 'lots hold what their balances hold, and what was not taken from them',
  keysUnique: 'every business key is posted once',
  rewardsMatch: 'rewards on record are what was granted and taken back',
} as const;

export type CheckName = keyof typeof CHECKS;

/** A query that returns one row for each thing that is wrong: `found`, a sentence with ids and no names. $1: program or null. */
export interface SqlCheck {
  readonly check: CheckName;
  readonly sql: string;
}

const OF_PROGRAM = '($1::uuid IS NULL OR a.program_id = $1::uuid)';
const OF_PROGRAM_T = '($1::uuid IS NULL OR t.program_id = $1::uuid)';

/** What `ledger_label` makes of an account, which only the ledger's own functions may call. */
const LABEL = `concat_ws(':', CASE WHEN a.member_id IS NULL THEN 1 ELSE 0 END, a.unit, a.kind, a.member_id,
  CASE WHEN a.kind = 'budget' THEN a.shard END)`;

const balanced = `
  SELECT format('transaction %s sums to %s %s', e.transaction_id, sum(e.amount_minor), a.unit) AS found
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE ${OF_PROGRAM}
  GROUP BY e.transaction_id, a.program_id, a.unit HAVING sum(e.amount_minor) <> 0`;

const bounded = `
  SELECT format('account %s (%s) has %s between %s and %s', a.id, a.kind, b.balance_minor, b.floor_minor, b.ceiling_minor) AS found
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

/** References that the writing function vouches for, and PostgreSQL does not check row by row. */
const orphans = `
  SELECT format('an entry of account %s names transaction %s, which its program does not have', a.id, e.transaction_id) AS found
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
  LEFT JOIN ledger_transactions t ON t.id = e.transaction_id AND t.program_id = a.program_id WHERE ${OF_PROGRAM} AND t.id IS NULL
  UNION ALL
  SELECT format('lot %s names transaction %s, which its program does not have', l.id, l.transaction_id)
  FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
  LEFT JOIN ledger_transactions t ON t.id = l.transaction_id AND t.program_id = a.program_id WHERE ${OF_PROGRAM} AND t.id IS NULL
  UNION ALL
  SELECT format('transaction %s took from lot %s, which its program does not have', u.transaction_id, u.lot_id)
  FROM ledger_allocations u JOIN ledger_transactions t ON t.id = u.transaction_id
  LEFT JOIN ledger_lots l ON l.id = u.lot_id LEFT JOIN ledger_accounts a ON a.id = l.account_id AND a.program_id = t.program_id
  WHERE ${OF_PROGRAM_T} AND a.id IS NULL`;

/** What belongs to nothing at all, and so to no program. */
const strays = `
  SELECT format('an entry names account %s, which is not on record', e.account_id) AS found FROM ledger_entries e
  WHERE $1::uuid IS NULL AND NOT EXISTS (SELECT FROM ledger_accounts a WHERE a.id = e.account_id)
  UNION ALL
  SELECT format('lot %s names account %s, which is not on record', l.id, l.account_id) FROM ledger_lots l
  WHERE $1::uuid IS NULL AND NOT EXISTS (SELECT FROM ledger_accounts a WHERE a.id = l.account_id)
  UNION ALL
  SELECT format('lot %s was used by transaction %s, which is not on record', u.lot_id, u.transaction_id) FROM ledger_allocations u
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
  FROM (VALUES ('ledger_transactions_append_only'), ('ledger_entries_append_only'), ('ledger_allocations_append_only'),
      ('ledger_entries_posted')) AS wanted (name)
  WHERE $1::uuid IS NOT DISTINCT FROM $1::uuid
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgname = wanted.name AND g.tgenabled IN ('O', 'A'))`;

const rightsToWrite = `
  SELECT format('the application may %s %s', lower(r.name), t.name) AS found
  FROM (VALUES ('ledger_accounts'), ('ledger_balances'), ('ledger_transactions'), ('ledger_entries'), ('ledger_lots'),
      ('ledger_allocations')) AS t (name), (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS r (name)
  WHERE $1::uuid IS NOT DISTINCT FROM $1::uuid AND has_table_privilege('referral_app', t.name, r.name)`;

const resolvedTwice = `
  SELECT format('transaction %s is resolved %s times', t.resolves_id, count(*)) AS found FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} AND t.resolves_id IS NOT NULL GROUP BY t.resolves_id HAVING count(*) > 1
  UNION ALL
  SELECT format('transaction %s is taken back %s times', t.reverses_id, count(*)) FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} AND t.reverses_id IS NOT NULL GROUP BY t.reverses_id HAVING count(*) > 1`;

const resolvedWrongly = `
  SELECT format('transaction %s (%s) resolves %s (%s)', t.id, t.intent, h.id, h.intent) AS found
  FROM ledger_transactions t LEFT JOIN ledger_transactions h ON h.id = t.resolves_id
  WHERE ${OF_PROGRAM_T} AND t.resolves_id IS NOT NULL AND (h.id IS NULL OR h.program_id <> t.program_id OR NOT CASE t.intent
    WHEN 'mature' THEN h.intent = 'grant' WHEN 'reverse' THEN h.intent = 'grant'
    WHEN 'settle' THEN h.intent = 'reserve' WHEN 'release' THEN h.intent = 'reserve' ELSE false END)`;

const lotsOfBalances = `
  SELECT format('account %s has %s, its lots hold %s', a.id, b.balance_minor, coalesce(l.held, 0)) AS found
  FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
  LEFT JOIN (SELECT account_id, sum(remaining_minor) AS held FROM ledger_lots GROUP BY account_id) l ON l.account_id = a.id
  WHERE ${OF_PROGRAM} AND coalesce(l.held, 0) <> CASE WHEN a.kind = 'available' THEN b.balance_minor ELSE 0 END`;

const allocationsOfLots = `
  SELECT format('lot %s holds %s of %s, and %s were taken; it counts %s uses of %s', l.id, l.remaining_minor, l.amount_minor,
    coalesce(u.taken, 0), l.uses, coalesce(u.uses, 0)) AS found
  FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
  LEFT JOIN (SELECT lot_id, sum(amount_minor) AS taken, count(*) AS uses FROM ledger_allocations GROUP BY lot_id) u ON u.lot_id = l.id
  WHERE ${OF_PROGRAM} AND (l.remaining_minor <> l.amount_minor - coalesce(u.taken, 0) OR l.uses <> coalesce(u.uses, 0))`;

const keysUnique = `
  SELECT format('key %s of program %s is posted %s times', t.key, t.program_id, count(*)) AS found FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} GROUP BY t.program_id, t.key HAVING count(*) > 1`;

/** What the keys' convention makes decidable: `grant:<reward>` grants it, `reverse:<reward>` or `reverse:<reward>:…` takes back. */
const rewardsMatch = `
  WITH moved AS (
    SELECT t.program_id, split_part(t.key, ':', 2) AS reward_id, a.unit,
      sum(-e.amount_minor) FILTER (WHERE t.intent = 'grant') AS granted,
      coalesce(sum(e.amount_minor) FILTER (WHERE t.intent = 'reverse'), 0) AS reversed
    FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'budget'
    WHERE ${OF_PROGRAM_T} AND ((t.intent = 'grant' AND t.key LIKE 'grant:%') OR (t.intent = 'reverse' AND t.key LIKE 'reverse:%'))
    GROUP BY 1, 2, 3
  ), recorded AS (
    SELECT * FROM rewards t WHERE ${OF_PROGRAM_T} AND t.kind = 'credit' AND (t.amount_minor > 0 OR t.reversed_minor > 0)
  )
  SELECT format('reward %s: %s granted and %s taken back on record, %s and %s in the ledger', coalesce(r.id::text, m.reward_id),
    r.amount_minor, r.reversed_minor, m.granted, m.reversed) AS found
  FROM recorded r FULL JOIN moved m ON m.program_id = r.program_id AND m.reward_id = r.id::text AND m.unit = r.unit
  WHERE (r.id IS NULL AND EXISTS (SELECT FROM rewards))
    OR (r.id IS NOT NULL AND (coalesce(m.granted, 0) <> r.amount_minor OR coalesce(m.reversed, 0) <> r.reversed_minor))`;

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
  { check: 'lotsMatch', sql: allocationsOfLots },
  { check: 'keysUnique', sql: keysUnique },
  { check: 'rewardsMatch', sql: rewardsMatch },
];
