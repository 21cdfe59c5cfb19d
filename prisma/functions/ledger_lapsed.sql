-- What lapsed of a grant and lies in breakage still: what expiries took of the lots that come of it, less
-- what was revived. The application may execute it; it reads what the application may read anyway.
--
-- Takes: the grant's transaction.
-- Returns: the amount in minor units.
CREATE OR REPLACE FUNCTION ledger_lapsed(p_origin bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (coalesce((
      SELECT sum(expired_minor) FROM ledger_lots WHERE origin_id = p_origin AND expires_at IS NOT NULL), 0)
    + coalesce((
      SELECT sum(e.amount_minor) FROM ledger_transactions t
      JOIN ledger_entries e ON e.transaction_id = t.id
      JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'breakage'
      WHERE t.origin_id = p_origin), 0))::bigint
$$;
