-- Refuses, and takes back what ledger_post added to balances while it locked them.
--
-- Takes: the code, and the balances locked so far.
-- Returns: what ledger_refusal returns.
CREATE OR REPLACE FUNCTION ledger_refuse(code text, slots ledger_slot[]) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_balances b SET balance_minor = b.balance_minor - s.guess_minor, version = b.version - 1
    FROM unnest(slots) AS s WHERE b.account_id = s.account_id AND s.guess_minor <> 0;
  RETURN ledger_refusal(code);
END $$;
