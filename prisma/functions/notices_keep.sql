-- Trigger notices_keep, before each update of notices: of a notice that a member was given only `read_at` may
-- change. It goes along with its member to whom that one was merged into.
--
-- Raises: restrict_violation, when the update would change anything else.
CREATE OR REPLACE FUNCTION notices_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.member_id <> OLD.member_id AND EXISTS (
    SELECT FROM members WHERE program_id = OLD.program_id AND id = OLD.member_id
      AND merged_into = NEW.member_id) THEN
    OLD.member_id := NEW.member_id;
  END IF;
  IF to_jsonb(NEW) - 'read_at' IS DISTINCT FROM to_jsonb(OLD) - 'read_at' THEN
    RAISE EXCEPTION 'notice % is told', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
