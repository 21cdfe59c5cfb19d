import { OF_PROGRAM, OF_PROGRAM_T } from './prove-claims.ts';

// Queries about what comes of which grant, and what lapsed of it.

export const expiredOfLots = `
  SELECT format('lot %s says that %s of it expired, and expiries took %s',
    l.id, l.expired_minor, coalesce(u.taken, 0)) AS found
  FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
  LEFT JOIN (
    SELECT x.lot_id, sum(x.amount_minor) AS taken
    FROM ledger_allocations x JOIN ledger_transactions t ON t.id = x.transaction_id AND t.intent = 'expire'
    GROUP BY x.lot_id
  ) u ON u.lot_id = l.id
  WHERE ${OF_PROGRAM} AND l.expired_minor <> coalesce(u.taken, 0)`;

/** An older version left the origin of what it gave back or merged open where the record does not tell it. */
export const originsOfLots = `
  SELECT format('lot %s comes of transaction %s, by transaction %s (%s)', l.id, l.origin_id, t.id, t.intent)
    AS found
  FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
  JOIN ledger_transactions t ON t.id = l.transaction_id
  WHERE ${OF_PROGRAM} AND NOT CASE
    WHEN t.origin_id IS NOT NULL THEN l.origin_id IS NOT DISTINCT FROM t.origin_id
    WHEN t.intent = 'mature' THEN l.origin_id IS NOT DISTINCT FROM coalesce(t.resolves_id, t.id)
    WHEN t.intent = 'restore' THEN true
    WHEN t.intent = 'merge' THEN l.origin_id IS NULL OR EXISTS (
      SELECT FROM ledger_allocations u JOIN ledger_lots s ON s.id = u.lot_id
      WHERE u.transaction_id = t.id AND s.origin_id = l.origin_id)
    ELSE l.origin_id IS NOT DISTINCT FROM t.id END`;

export const originsOfTransactions = `
  SELECT format('transaction %s (%s) is of %s (%s)', t.id, t.intent, g.id, g.intent) AS found
  FROM ledger_transactions t LEFT JOIN ledger_transactions g ON g.id = t.origin_id
  WHERE ${OF_PROGRAM_T} AND t.origin_id IS NOT NULL
    AND (g.id IS NULL OR g.program_id <> t.program_id OR g.intent <> 'grant'
      OR t.intent NOT IN ('reverse', 'restore', 'grant', 'revive'))
  UNION ALL
  SELECT format('transaction %s revives of no grant', t.id) FROM ledger_transactions t
  WHERE ${OF_PROGRAM_T} AND t.intent = 'revive' AND t.origin_id IS NULL`;

export const revivedOfGrants = `
  WITH lapsed AS (
    SELECT l.origin_id, sum(l.expired_minor) AS minor
    FROM ledger_lots l WHERE l.origin_id IS NOT NULL GROUP BY 1
  ), revived AS (
    SELECT t.origin_id, -sum(e.amount_minor) AS minor
    FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'breakage'
    WHERE ${OF_PROGRAM_T} AND t.origin_id IS NOT NULL GROUP BY 1
  )
  SELECT format('of grant %s lapsed %s, and %s is revived', r.origin_id, coalesce(l.minor, 0), r.minor)
    AS found
  FROM revived r LEFT JOIN lapsed l ON l.origin_id = r.origin_id WHERE r.minor > coalesce(l.minor, 0)`;
