-- The label, as of ledger_label, of an account that a posting names; a budget's without its shard.
--
-- Takes: the posting's unit, and `kind:member` or `kind`, or null.
-- Returns: the label; null for null.
CREATE OR REPLACE FUNCTION ledger_label_of(unit text, account text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN strpos(account, ':') > 0 THEN '0:' ELSE '1:' END || unit || ':' || account;
$$;
