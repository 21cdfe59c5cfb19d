-- Writes into every block of a window how many members rank above that block.
--
-- Takes: the window.
-- Returns: nothing.
CREATE OR REPLACE FUNCTION board_add_up(p_window uuid) RETURNS void LANGUAGE sql AS $$
  UPDATE board_blocks b SET above = a.above
  FROM (
    SELECT score, earliness, member_id,
      (sum(members) OVER (ORDER BY score DESC, earliness DESC, member_id DESC))::bigint - members AS above
    FROM board_blocks WHERE window_id = p_window
  ) a
  WHERE b.window_id = p_window
    AND b.score = a.score AND b.earliness = a.earliness AND b.member_id = a.member_id
    AND b.above <> a.above
$$;
