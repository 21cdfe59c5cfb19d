-- The rank of a key: 1 plus the number of members above it. That number is everybody in the key's block or
-- above it, less those of the block who are no better than the key. The counts of blocks lack the moves not
-- folded yet, so moves into or out of this range are added. The function reads one block and a few hundred
-- short rows, whatever the board's size.
--
-- It returns a table so that PostgreSQL inlines it into the query that calls it. The inner query is ordered
-- and has a limit because the planner does not know the key and would otherwise expect a large part of the
-- board.
--
-- Takes: the window and the key (score, earliness, member).
-- Returns: one row with the rank.
CREATE OR REPLACE FUNCTION board_rank(
  p_window uuid, p_score bigint, p_earliness bigint, p_member uuid
) RETURNS TABLE (rank bigint) LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT 1 + CASE
    WHEN s.members = 1024 THEN board_count_above(p_window, p_score, p_earliness, p_member)
    ELSE b.from_here - s.members + m.by END
  FROM (
    SELECT score, earliness, member_id, above + members AS from_here FROM board_blocks
    WHERE window_id = p_window AND (score, earliness, member_id) <= (p_score, p_earliness, p_member)
    ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1
  ) b
  CROSS JOIN LATERAL (
    SELECT count(*) AS members
    FROM (
      SELECT FROM board_scores
      WHERE window_id = p_window
        AND (score, earliness, member_id) <= (p_score, p_earliness, p_member)
        AND (score, earliness, member_id) >= (b.score, b.earliness, b.member_id)
      ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1024
    ) of_block
  ) s
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(
      ((score, earliness, member_id) >= (b.score, b.earliness, b.member_id))::int
      - ((was_score, was_earliness, member_id) >= (b.score, b.earliness, b.member_id))::int
    ), 0) AS by
    FROM board_moves WHERE window_id = p_window
  ) m
$$;
