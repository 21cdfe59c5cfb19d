-- Keeps an external id from meaning two members: one who is made may not have an id that leads to another.
-- Whoever adds such an id holds a lock of the program that lets nobody be made meanwhile, so a new member is
-- either seen by them or sees what they added. Trigger of members, before each insert.
--
-- Raises: serialization_failure; a later try finds the member to whom the id leads.
CREATE OR REPLACE FUNCTION members_keep_aliases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('aliases ' || NEW.program_id, 0));
  IF EXISTS (SELECT FROM member_aliases a
             WHERE a.program_id = NEW.program_id AND a.external_id = NEW.external_id) THEN
    RAISE EXCEPTION 'the external id leads to another member by now' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
