-- Gives an amount back to the lots from which an earlier transaction took it. When the amount is only a part,
-- the lot that expires last comes first. A transaction that gives on what it takes itself from another
-- account makes lots that expire when those did and come of the same grants, one for each of both.
--
-- Takes: the transaction that gives back, the account, the amount in minor units, and the transaction that
--   took; 0: the one that gives.
-- Returns: nothing.
-- Raises: raise_exception, when the earlier transaction took less than the amount.
CREATE OR REPLACE FUNCTION ledger_restore_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_taken_by bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := p_amount;
  part bigint;
  earliest timestamptz;
BEGIN
  FOR lot IN
    SELECT l.id, l.expires_at, l.origin_id, a.amount_minor AS taken_minor
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE p_taken_by <> 0 AND a.transaction_id = p_taken_by AND l.account_id = p_account
    UNION ALL
    SELECT NULL, l.expires_at, l.origin_id, sum(a.amount_minor)
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE p_taken_by = 0 AND a.transaction_id = p_transaction AND l.account_id <> p_account
    GROUP BY l.expires_at, l.origin_id
    ORDER BY 2 DESC NULLS FIRST, 1 DESC, 3 DESC
  LOOP
    part := least(missing, lot.taken_minor);
    IF p_taken_by = 0 THEN
      INSERT INTO ledger_lots
          (account_id, transaction_id, origin_id, amount_minor, remaining_minor, expires_at)
        VALUES (p_account, p_transaction, lot.origin_id, part, part, lot.expires_at);
    ELSE
      UPDATE ledger_lots SET remaining_minor = remaining_minor + part, uses = uses + 1 WHERE id = lot.id;
      INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
        VALUES (lot.id, p_transaction, -part);
    END IF;
    missing := missing - part;
    earliest := least(earliest, lot.expires_at);
    EXIT WHEN missing = 0;
  END LOOP;
  IF missing > 0 THEN
    RAISE EXCEPTION 'transaction % took % less than is given back', p_taken_by, missing;
  END IF;
  IF earliest IS NOT NULL THEN
    PERFORM ledger_note_expiry(p_account, earliest);
  END IF;
END $$;
