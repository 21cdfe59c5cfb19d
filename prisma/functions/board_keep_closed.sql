-- Trigger board_windows_keep_closed, before each update of board_windows: a closed window stays closed, and
-- keeps its times and its prizes.
--
-- Raises: restrict_violation, when the update would change any of these.
CREATE OR REPLACE FUNCTION board_keep_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL AND (
    NEW.closed_at IS DISTINCT FROM OLD.closed_at OR NEW.starts_at IS DISTINCT FROM OLD.starts_at
    OR NEW.ends_at IS DISTINCT FROM OLD.ends_at OR NEW.prizes IS DISTINCT FROM OLD.prizes
  ) THEN
    RAISE EXCEPTION 'window % is closed', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
