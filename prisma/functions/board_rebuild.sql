-- Makes the blocks of a window anew from its scores. Needs REPEATABLE READ, as board_fold does, and works on
-- a window alone.
--
-- Takes: the window.
-- Returns: the number of ranked members; null when another rebuild or fold is at work.
CREATE OR REPLACE FUNCTION board_rebuild(p_window uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('board_fold ' || p_window::text, 0)) THEN
    RETURN NULL;
  END IF;
  DELETE FROM board_moves WHERE window_id = p_window;
  DELETE FROM board_blocks WHERE window_id = p_window;
  PERFORM board_bottom(p_window);
  PERFORM board_split(p_window, 1, -9223372036854775807, '00000000-0000-0000-0000-000000000000');
  PERFORM board_add_up(p_window);
  RETURN board_members(p_window);
END $$;
