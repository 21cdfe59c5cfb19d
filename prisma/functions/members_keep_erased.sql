-- Keeps what would say something of a member who is being erased, or was: whoever writes it has read of the
-- member before. Waits for a part of an erasure that is under way. Triggers `<table>_keep_erased`, before
-- each insert, of tables that the member's steps may write while an erasure deletes or empties their rows.
--
-- Raises: serialization_failure; a later try finds that nobody is left.
CREATE OR REPLACE FUNCTION members_keep_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM members WHERE program_id = NEW.program_id AND id = NEW.member_id FOR SHARE;
  IF EXISTS (SELECT FROM erasures WHERE program_id = NEW.program_id AND member_id = NEW.member_id) THEN
    RAISE EXCEPTION 'the member is being erased' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
