-- Trigger notices_keep, before each update of notices: of a notice that a member was given only `read_at` may
-- change.
--
-- Raises: restrict_violation, when the update would change anything else.
CREATE OR REPLACE FUNCTION notices_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'read_at' IS DISTINCT FROM to_jsonb(OLD) - 'read_at' THEN
    RAISE EXCEPTION 'notice % is told', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
