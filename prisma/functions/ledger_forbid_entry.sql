-- Trigger ledger_entries_posted, before each insert into ledger_entries by anybody but ledger_post, the owner
-- of the tables included. The trigger recognises ledger_post by its search_path, which names a schema that
-- does not exist, so no session has it by chance. This costs nothing: such a function sets a search_path
-- anyway.
--
-- Raises: integrity_constraint_violation, always.
CREATE OR REPLACE FUNCTION ledger_forbid_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'entries are written by ledger_post alone' USING ERRCODE = 'integrity_constraint_violation';
END $$;
