-- ledger_post for a call with an expiry, or one that takes grants back. Such a call may have to be undone:
-- which lot an expiry meets is known only after the lots before it have moved, and what lapsed of a grant
-- only under the locks of its balances. So it runs in a subtransaction, whose end gives the locks back. The
-- application may execute this function.
--
-- Takes: the program and its postings, as ledger_post does.
-- Returns: what ledger_post returns, or the refusal `lot_changed`.
-- Raises: what ledger_post raises.
CREATE OR REPLACE FUNCTION ledger_expire(program uuid, postings jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN ledger_post(program, postings);
EXCEPTION WHEN SQLSTATE 'LR001' THEN
  RETURN ledger_refusal(SQLERRM);
END $$;
