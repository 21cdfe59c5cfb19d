-- Moves the lots behind an available balance for a posting that names a grant. A debit takes the grant's own
-- lots first, what was revived for it before all, and then others as ledger_take_lots does. A credit first
-- gives back what earlier debits for the grant took from the lots of others, the last to expire first; the
-- rest is a lot of the grant. What is revived is one at once.
--
-- Takes: the transaction, the account, the change in minor units, the grant's transaction, the posting, and
--   the moment (null: no lot of the account has expired).
-- Returns: nothing.
-- Raises: what ledger_take_lots raises.
CREATE OR REPLACE FUNCTION ledger_move_own(
  p_transaction bigint, p_account bigint, p_change bigint, p_origin bigint, p_posting jsonb,
  p_moment timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := abs(p_change);
  part bigint;
  earliest timestamptz;
BEGIN
  FOR lot IN
    SELECT id, remaining_minor AS minor, expires_at FROM ledger_lots
    WHERE p_change < 0 AND account_id = p_account AND open AND origin_id = p_origin
    UNION ALL
    SELECT l.id, sum(u.amount_minor), l.expires_at
    FROM ledger_transactions t
    JOIN ledger_allocations u ON u.transaction_id = t.id
    JOIN ledger_lots l ON l.id = u.lot_id
    WHERE p_change > 0 AND p_posting->>'intent' <> 'revive' AND t.origin_id = p_origin
      AND l.account_id = p_account AND l.origin_id IS DISTINCT FROM p_origin
    GROUP BY l.id HAVING sum(u.amount_minor) > 0
    ORDER BY 3 DESC NULLS FIRST, 1 DESC
  LOOP
    EXIT WHEN missing = 0;
    part := least(missing, lot.minor) * sign(p_change);
    UPDATE ledger_lots SET remaining_minor = remaining_minor + part, uses = uses + 1 WHERE id = lot.id;
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
      VALUES (lot.id, p_transaction, -part);
    missing := missing - abs(part);
    IF p_change > 0 THEN earliest := least(earliest, lot.expires_at); END IF;
  END LOOP;
  IF p_change < 0 AND missing > 0 THEN
    PERFORM ledger_take_lots(p_transaction, p_account, missing, NULL, p_moment);
  ELSIF missing > 0 THEN
    INSERT INTO ledger_lots (account_id, transaction_id, origin_id, amount_minor, remaining_minor, expires_at)
      VALUES (p_account, p_transaction, p_origin, missing, missing,
        to_timestamp((p_posting->>'lot_expires_at_ms')::float8 / 1000))
      RETURNING least(earliest, expires_at) INTO earliest;
  END IF;
  IF earliest IS NOT NULL THEN
    PERFORM ledger_note_expiry(p_account, earliest);
  END IF;
END $$;
