-- The legs of a transaction on record, in the form in which ledger_post answers a replay.
--
-- Takes: the transaction.
-- Returns: [[account, amount], …]; the account is `kind:member` or `kind`, the amount a decimal string.
CREATE OR REPLACE FUNCTION ledger_recorded(p_transaction bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    jsonb_agg(jsonb_build_array(concat_ws(':', a.kind, a.member_id), e.amount_minor::text)), '[]')
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE e.transaction_id = p_transaction;
$$;
