-- Makes the lowest block of a window, unless the window has it. The block begins at the worst key that can be
-- ranked: a score of 1, as a member with a score of 0 is not ranked.
--
-- Takes: the window.
-- Returns: nothing.
CREATE OR REPLACE FUNCTION board_bottom(p_window uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO board_blocks (window_id, score, earliness, member_id, members)
  VALUES (p_window, 1, -9223372036854775807, '00000000-0000-0000-0000-000000000000', 0)
  ON CONFLICT DO NOTHING
$$;
