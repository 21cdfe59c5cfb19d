-- Has what comes of grants expire at other times: all lots of each, those too that were drawn on, so that
-- what is released to one has the new time. What has lapsed stays so until it is revived. The application may
-- execute this function.
--
-- Locks the available balances of the lots in the order of their labels, until the end of the transaction.
--
-- Takes: the program, and [{origin, expires_at_ms}, …]. An origin is the key of a grant.
-- Returns: the keys of those grants of which something has lapsed, with the amount.
CREATE OR REPLACE FUNCTION ledger_move_expiry(program uuid, moves jsonb)
RETURNS TABLE (origin text, lapsed_minor bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ids bigint[]; earliest record;
BEGIN
  SELECT array_agg(t.id) INTO ids
    FROM jsonb_array_elements(moves) AS m (move)
    JOIN ledger_transactions t ON t.program_id = program AND t.key = m.move->>'origin';
  PERFORM FROM ledger_balances b
    WHERE b.account_id IN (
      SELECT account_id FROM ledger_lots WHERE origin_id = ANY (ids) AND expires_at IS NOT NULL)
    ORDER BY b.label FOR NO KEY UPDATE;
  UPDATE ledger_lots l SET expires_at = to_timestamp((m.move->>'expires_at_ms')::float8 / 1000)
    FROM jsonb_array_elements(moves) AS m (move)
    JOIN ledger_transactions t ON t.program_id = program AND t.key = m.move->>'origin'
    WHERE l.origin_id = t.id AND l.expires_at IS NOT NULL;
  FOR earliest IN
    SELECT account_id, min(expires_at) AS expires_at FROM ledger_lots
    WHERE origin_id = ANY (ids) AND open AND expires_at IS NOT NULL GROUP BY account_id
  LOOP
    PERFORM ledger_note_expiry(earliest.account_id, earliest.expires_at);
  END LOOP;
  RETURN QUERY SELECT t.key, ledger_lapsed(t.id) FROM ledger_transactions t
    WHERE t.id = ANY (ids) AND ledger_lapsed(t.id) > 0;
END $$;
