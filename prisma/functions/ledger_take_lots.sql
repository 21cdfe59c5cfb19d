-- Takes an amount from the lots behind an available balance, the first to expire first; what has expired by
-- the moment of the call is left for its expiry. An expiry takes exactly one lot, whole and expired.
--
-- Takes: the transaction, the account, the amount in minor units, the time of an expiry (null: no expiry),
--   and the moment (null: any lot will do).
-- Returns: nothing.
-- Raises: LR001 with the message `lot_changed`, when the first lot is not the one that an expiry names;
--   raise_exception, when the lots hold less than the balance.
CREATE OR REPLACE FUNCTION ledger_take_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_expired_at timestamptz, p_moment timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  missing bigint := p_amount;
  part bigint;
BEGIN
  LOOP
    WITH taken AS (
      UPDATE ledger_lots l
      SET remaining_minor = l.remaining_minor - least(missing, l.remaining_minor), uses = l.uses + 1,
        expired_minor = l.expired_minor + CASE WHEN p_expired_at IS NULL THEN 0 ELSE p_amount END
      WHERE l.ctid = (
          SELECT ctid FROM ledger_lots
          WHERE account_id = p_account AND open AND (expires_at <= p_moment) IS NOT TRUE
          ORDER BY expires_at, id LIMIT 1)
        AND (p_expired_at IS NULL OR (l.remaining_minor = p_amount AND l.expires_at <= p_expired_at))
      RETURNING l.id, old.remaining_minor - new.remaining_minor AS part
    )
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
      SELECT id, p_transaction, taken.part FROM taken
      RETURNING amount_minor INTO part;
    EXIT WHEN part = missing;
    IF part IS NULL AND p_moment IS NOT NULL THEN
      -- A credit of this very call, made expired, may be what its debit was decided by.
      p_moment := NULL;
      CONTINUE;
    END IF;
    IF part IS NULL AND p_expired_at IS NOT NULL THEN
      RAISE EXCEPTION 'lot_changed' USING ERRCODE = 'LR001';
    END IF;
    IF part IS NULL THEN
      RAISE EXCEPTION 'account % has % less in lots than in its balance', p_account, missing;
    END IF;
    missing := missing - part;
  END LOOP;
  IF p_expired_at IS NOT NULL THEN
    UPDATE ledger_balances SET expires_from = (
        SELECT min(expires_at) FROM ledger_lots WHERE account_id = p_account AND open)
      WHERE account_id = p_account;
  END IF;
END $$;
