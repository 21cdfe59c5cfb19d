-- Makes an account and its balance with the bounds of its kind; a budget with all its 16 shards. When another
-- transaction makes the same account, waits for that one to end.
--
-- Takes: the program, and the account's unit, kind and member (null: the program's own).
-- Returns: whether the account now exists; false when the program has no such member.
CREATE OR REPLACE FUNCTION ledger_open_account(
  p_program uuid, p_unit text, p_kind account_kind, p_member uuid
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF p_member IS NOT NULL
    AND NOT EXISTS (SELECT FROM members m WHERE m.program_id = p_program AND m.id = p_member) THEN
    RETURN false;
  END IF;
  WITH opened AS (
    INSERT INTO ledger_accounts (program_id, unit, kind, member_id, shard)
    SELECT p_program, p_unit, p_kind, p_member, n
    FROM generate_series(0, CASE WHEN p_kind = 'budget' THEN 15 ELSE 0 END) AS n ORDER BY n
    ON CONFLICT DO NOTHING RETURNING id, shard
  )
  INSERT INTO ledger_balances (account_id, program_id, label, floor_minor, ceiling_minor)
  SELECT id, p_program, ledger_label(p_unit, p_kind, p_member, shard),
    CASE WHEN p_kind NOT IN ('budget', 'owed') THEN 0 END, CASE WHEN p_kind = 'owed' THEN 0 END FROM opened;
  RETURN true;
END $$;
