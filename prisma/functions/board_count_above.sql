-- Counts one by one the members whose key is above a given key. board_rank calls it where a block has grown
-- far beyond its size and has not been divided yet.
--
-- Takes: the window and the key (score, earliness, member).
-- Returns: the number of members above the key.
CREATE OR REPLACE FUNCTION board_count_above(
  p_window uuid, p_score bigint, p_earliness bigint, p_member uuid
) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM board_scores
  WHERE window_id = p_window AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
$$;
