-- Keeps what is new from a member who was merged into another: whoever writes it has read of the member
-- before. Waits for a merge that is under way. Triggers `<table>_keep_merged`, before each insert, of tables
-- with a `member_id`.
--
-- Raises: serialization_failure; a later try finds the member who stays.
CREATE OR REPLACE FUNCTION members_keep_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM members WHERE program_id = NEW.program_id AND id = NEW.member_id AND merged_into IS NULL
    FOR KEY SHARE;
  IF NOT FOUND AND EXISTS (SELECT FROM members WHERE program_id = NEW.program_id AND id = NEW.member_id) THEN
    RAISE EXCEPTION 'the member was merged into another meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
