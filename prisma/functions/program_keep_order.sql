-- Trigger programs_keep_order, before each update of programs.status: an ended program stays ended, and a
-- program that left its draft never returns to it.
--
-- Raises: restrict_violation, when the update would do either.
CREATE OR REPLACE FUNCTION program_keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status AND (OLD.status = 'ended' OR NEW.status = 'draft') THEN
    RAISE EXCEPTION 'program % is %: it cannot become %', OLD.id, OLD.status, NEW.status
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
