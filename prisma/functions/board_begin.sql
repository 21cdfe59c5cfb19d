-- Trigger board_windows_begin, after each insert into board_windows: gives the new window its lowest block.
CREATE OR REPLACE FUNCTION board_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM board_bottom(NEW.id);
  RETURN NULL;
END $$;
