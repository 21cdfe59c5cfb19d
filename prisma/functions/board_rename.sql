-- Trigger members_rename, after each update that changes members.display_name: copies the name to the
-- member's score in every window, where the boards read it.
CREATE OR REPLACE FUNCTION board_rename() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE board_scores SET display_name = NEW.display_name
  WHERE program_id = NEW.program_id AND member_id = NEW.id
    AND window_id IN (SELECT id FROM board_windows WHERE program_id = NEW.program_id);
  RETURN NULL;
END $$;
