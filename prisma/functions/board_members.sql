-- Counts the ranked members of a window: those in its lowest block or above it, and those that moves add or
-- remove which are not folded yet.
--
-- Takes: the window.
-- Returns: the number of members with a score above 0.
CREATE OR REPLACE FUNCTION board_members(p_window uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce((
      SELECT above + members FROM board_blocks
      WHERE window_id = p_window ORDER BY score, earliness, member_id LIMIT 1
    ), 0)
    + coalesce((
      SELECT sum((score > 0)::int - (was_score > 0)::int) FROM board_moves WHERE window_id = p_window
    ), 0)
$$;
