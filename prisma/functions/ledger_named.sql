-- Finds the transaction that a posting names by its key: one on record, or an earlier one of the same call.
--
-- Takes: the program, the key, and the keys and ids of the postings before this one.
-- Returns: the transaction's id; null for none.
CREATE OR REPLACE FUNCTION ledger_named(
  p_program uuid, p_key text, p_keys text[], p_ids bigint[]
) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT id FROM ledger_transactions WHERE program_id = p_program AND key = p_key),
    p_ids[array_position(p_keys, p_key)]);
$$;
