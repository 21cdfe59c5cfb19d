-- Notes on a balance that a lot behind it expires, where no other one does so earlier.
--
-- Takes: the account, and when the lot expires.
-- Returns: nothing.
CREATE OR REPLACE FUNCTION ledger_note_expiry(p_account bigint, p_expires_at timestamptz) RETURNS void
LANGUAGE sql AS $$
  UPDATE ledger_balances SET expires_from = p_expires_at
  WHERE account_id = p_account AND (expires_from <= p_expires_at) IS NOT TRUE
$$;
