import { OF_PROGRAM, OF_PROGRAM_T } from './prove-claims.ts';

// Queries about what postings say: holds, lots, keys and rewards.

export const resolvedTwice = `
  SELECT format('transaction %s is resolved %s times', t.resolves_id, count(*)) AS found
  FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} AND t.resolves_id IS NOT NULL GROUP BY t.resolves_id HAVING count(*) > 1
  UNION ALL
  SELECT format('transaction %s is taken back %s times', t.reverses_id, count(*))
  FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} AND t.reverses_id IS NOT NULL GROUP BY t.reverses_id HAVING count(*) > 1`;

export const resolvedWrongly = `
  SELECT format('transaction %s (%s) resolves %s (%s)', t.id, t.intent, h.id, h.intent) AS found
  FROM ledger_transactions t LEFT JOIN ledger_transactions h ON h.id = t.resolves_id
  WHERE ${OF_PROGRAM_T} AND t.resolves_id IS NOT NULL AND (h.id IS NULL OR h.program_id <> t.program_id
    OR NOT CASE t.intent
    WHEN 'mature' THEN h.intent = 'grant' WHEN 'reverse' THEN h.intent = 'grant'
    WHEN 'settle' THEN h.intent = 'reserve' WHEN 'release' THEN h.intent = 'reserve' ELSE false END)`;

export const lotsOfBalances = `
  SELECT format('account %s has %s, its lots hold %s', a.id, b.balance_minor, coalesce(l.held, 0)) AS found
  FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
  LEFT JOIN (SELECT account_id, sum(remaining_minor) AS held FROM ledger_lots GROUP BY account_id) l
    ON l.account_id = a.id
  WHERE ${OF_PROGRAM}
    AND coalesce(l.held, 0) <> CASE WHEN a.kind = 'available' THEN b.balance_minor ELSE 0 END`;

export const expiryOfBalances = `
  SELECT format('account %s has a lot that expires %s, and says none does before %s',
    a.id, l.first, b.expires_from) AS found
  FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
  JOIN (SELECT account_id, min(expires_at) AS first FROM ledger_lots WHERE open GROUP BY account_id) l
    ON l.account_id = a.id
  WHERE ${OF_PROGRAM} AND l.first IS NOT NULL AND (b.expires_from <= l.first) IS NOT TRUE`;

export const allocationsOfLots = `
  SELECT format('lot %s holds %s of %s, and %s were taken; it counts %s uses of %s',
    l.id, l.remaining_minor, l.amount_minor, coalesce(u.taken, 0), l.uses, coalesce(u.uses, 0)) AS found
  FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
  LEFT JOIN (
    SELECT lot_id, sum(amount_minor) AS taken, count(*) AS uses FROM ledger_allocations GROUP BY lot_id
  ) u ON u.lot_id = l.id
  WHERE ${OF_PROGRAM}
    AND (l.remaining_minor <> l.amount_minor - coalesce(u.taken, 0) OR l.uses <> coalesce(u.uses, 0))`;

export const keysUnique = `
  SELECT format('key %s of program %s is posted %s times', t.key, t.program_id, count(*)) AS found
  FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} GROUP BY t.program_id, t.key HAVING count(*) > 1`;

/**
 * By the convention of keys, `grant:<reward>` grants a reward, `reverse:<reward>` or `reverse:<reward>:…`
 * takes it back, and `restore:<reward>:…` restores what was taken back.
 */
export const rewardsMatch = `
  WITH moved AS (
    SELECT t.program_id, split_part(t.key, ':', 2) AS reward_id, a.unit,
      sum(-e.amount_minor) FILTER (WHERE t.intent = 'grant') AS granted,
      coalesce(sum(e.amount_minor) FILTER (WHERE t.intent IN ('reverse', 'restore')), 0) AS reversed
    FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'budget'
    WHERE ${OF_PROGRAM_T}
      AND t.intent IN ('grant', 'reverse', 'restore') AND t.key LIKE t.intent || ':%'
    GROUP BY 1, 2, 3
  ), recorded AS (
    SELECT * FROM rewards t
    WHERE ${OF_PROGRAM_T} AND t.kind = 'credit' AND (t.amount_minor > 0 OR t.reversed_minor > 0)
  )
  SELECT format('reward %s: %s granted and %s taken back on record, %s and %s in the ledger',
    coalesce(r.id::text, m.reward_id), r.amount_minor, r.reversed_minor, m.granted, m.reversed) AS found
  FROM recorded r FULL JOIN moved m
    ON m.program_id = r.program_id AND m.reward_id = r.id::text AND m.unit = r.unit
  WHERE (r.id IS NULL AND EXISTS (SELECT FROM rewards))
    OR (r.id IS NOT NULL
      AND (coalesce(m.granted, 0) <> r.amount_minor OR coalesce(m.reversed, 0) <> r.reversed_minor))`;
