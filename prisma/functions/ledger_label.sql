-- The label of an account's balance: `0:<unit>:<kind>:<member>` for a member's account, `1:<unit>:<kind>` for
-- one of the program's own, with `:<shard>` for a budget. One index on program and label finds a balance, and
-- labels sort in the order in which ledger_post locks.
--
-- Takes: the account's unit, kind, member (null: the program's own) and shard.
-- Returns: the label.
CREATE OR REPLACE FUNCTION ledger_label(
  p_unit text, p_kind account_kind, p_member uuid, p_shard int
) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws(':', CASE WHEN p_member IS NULL THEN 1 ELSE 0 END, p_unit, p_kind, p_member,
    CASE WHEN p_kind = 'budget' THEN p_shard END);
$$;
