-- Triggers ledger_transactions_append_only, ledger_entries_append_only and ledger_allocations_append_only,
-- before each update, delete or truncate: these tables only grow.
--
-- Raises: integrity_constraint_violation, always.
CREATE OR REPLACE FUNCTION ledger_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: a mistake is corrected by a reversal', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
