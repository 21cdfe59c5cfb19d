-- Divides a block into blocks of 256 members, whom it counts anew from the scores.
--
-- Takes: the window and the key at which the block begins (score, earliness, member).
-- Returns: nothing. The caller then calls board_add_up.
CREATE OR REPLACE FUNCTION board_split(
  p_window uuid, p_score bigint, p_earliness bigint, p_member uuid
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_next board_blocks;
BEGIN
  SELECT * INTO v_next FROM board_blocks
  WHERE window_id = p_window AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
  ORDER BY score, earliness, member_id LIMIT 1;
  WITH inside AS (
    SELECT s.score, s.earliness, s.member_id,
      (row_number() OVER (ORDER BY s.score, s.earliness, s.member_id) - 1) / 256 AS part
    FROM board_scores s
    WHERE s.window_id = p_window AND (s.score, s.earliness, s.member_id) >= (p_score, p_earliness, p_member)
      AND (v_next.window_id IS NULL
        OR (s.score, s.earliness, s.member_id) < (v_next.score, v_next.earliness, v_next.member_id))
  ), parts AS (
    SELECT DISTINCT ON (part) part, score, earliness, member_id, count(*) OVER (PARTITION BY part) AS members
    FROM inside ORDER BY part, score, earliness, member_id
  )
  -- The first part keeps the key of the block that was divided.
  INSERT INTO board_blocks AS b (window_id, score, earliness, member_id, members)
  SELECT p_window,
    CASE WHEN part = 0 THEN p_score ELSE score END,
    CASE WHEN part = 0 THEN p_earliness ELSE earliness END,
    CASE WHEN part = 0 THEN p_member ELSE member_id END,
    members
  FROM parts
  ON CONFLICT (window_id, score, earliness, member_id) DO UPDATE SET members = excluded.members;
END $$;
