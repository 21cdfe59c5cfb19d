-- Sets the most that a program may ever have granted in a unit, net of what it took back. Without a cap every
-- shard of the budget is open. Under a cap every shard but 0 is frozen (both its bounds are its balance), and
-- the floor of shard 0 is what they leave of the cap, so that the cap is exact. The application may execute
-- this function.
--
-- Takes: the program, the unit, and the cap in minor units (null: no cap).
-- Returns: {ok: true}, or the refusal `floor_reached` when the program has granted more than the cap already.
CREATE OR REPLACE FUNCTION ledger_set_budget(program uuid, unit text, cap_minor bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  shards bigint[]; spent_minor bigint; frozen_minor bigint;
BEGIN
  PERFORM ledger_open_account(program, unit, 'budget', NULL);
  -- Locks in the order of ledger_post, which takes a shard of its own and then perhaps shard 0.
  SELECT array_agg(id), sum(balance_minor), sum(balance_minor) FILTER (WHERE shard <> 0)
    INTO shards, spent_minor, frozen_minor
    FROM (
      SELECT a.id, a.shard, b.balance_minor
      FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
      WHERE a.program_id = program AND a.unit = ledger_set_budget.unit
        AND a.kind = 'budget' AND a.member_id IS NULL
      ORDER BY a.shard = 0, a.shard FOR NO KEY UPDATE OF b
    ) AS locked;
  IF spent_minor < -cap_minor THEN
    RETURN ledger_refusal('floor_reached')
      || '{"message": "More has been granted already than this budget allows."}';
  END IF;
  UPDATE ledger_balances b SET
      floor_minor = CASE
        WHEN cap_minor IS NULL THEN NULL
        WHEN a.shard = 0 THEN -cap_minor - frozen_minor
        ELSE b.balance_minor END,
      ceiling_minor = CASE WHEN cap_minor IS NOT NULL AND a.shard <> 0 THEN b.balance_minor END
    FROM ledger_accounts a WHERE a.id = b.account_id AND b.account_id = ANY (shards);
  RETURN '{"ok": true}';
END $$;
