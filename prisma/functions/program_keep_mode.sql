-- Trigger programs_keep_mode, before each insert into programs, and each update of its mode or live program:
-- both are set once, and a test program is the test mode of a live one.
--
-- Raises: restrict_violation, when that would not hold.
CREATE OR REPLACE FUNCTION program_keep_mode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (NEW.mode, NEW.live_program_id) IS DISTINCT FROM (OLD.mode, OLD.live_program_id) THEN
    RAISE EXCEPTION 'program % keeps its mode', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT FROM programs WHERE id = NEW.live_program_id AND mode <> 'live') THEN
    RAISE EXCEPTION 'program % is itself a test program', NEW.live_program_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
