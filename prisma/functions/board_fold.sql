-- Folds the recorded moves of a window into the counts of its blocks, and divides blocks that grew too large.
-- One call at a time works on a window; a second one returns at once. Needs REPEATABLE READ: scores, moves
-- and counts must be of one moment.
--
-- Takes: the window.
-- Returns: the number of moves folded; 0 also when another call is at work.
CREATE OR REPLACE FUNCTION board_fold(p_window uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE v_taken integer; v_block board_blocks; v_divided boolean := false;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('board_fold ' || p_window::text, 0)) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    DELETE FROM board_moves WHERE window_id = p_window RETURNING *
  ), ends AS (
    -- A move leaves one key (-1) and arrives at another (+1). A score of 0 has no block.
    SELECT was_score AS score, was_earliness AS earliness, member_id, -1 AS by FROM taken WHERE was_score > 0
    UNION ALL SELECT score, earliness, member_id, 1 FROM taken WHERE score > 0
  ), placed AS (
    -- The change of each block.
    SELECT b.score, b.earliness, b.member_id, sum(e.by)::int AS by
    FROM ends e CROSS JOIN LATERAL (
      SELECT score, earliness, member_id FROM board_blocks
      WHERE window_id = p_window AND (score, earliness, member_id) <= (e.score, e.earliness, e.member_id)
      ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1) b
    GROUP BY 1, 2, 3
  ), shifted AS (
    -- The change of each block, and of all blocks above it.
    SELECT b.ctid, coalesce(p.by, 0) AS by,
      coalesce(sum(p.by) OVER (
        ORDER BY score DESC, earliness DESC, member_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ), 0) AS above_by
    FROM board_blocks b LEFT JOIN placed p USING (score, earliness, member_id) WHERE b.window_id = p_window
  ), counted AS (
    UPDATE board_blocks b SET members = b.members + s.by, above = b.above + s.above_by FROM shifted s
    WHERE b.ctid = s.ctid AND (s.by <> 0 OR s.above_by <> 0)
  )
  SELECT count(*) INTO v_taken FROM taken;
  IF v_taken = 0 THEN RETURN 0; END IF;
  FOR v_block IN SELECT * FROM board_blocks WHERE window_id = p_window AND members > 512 LOOP
    v_divided := true;
    PERFORM board_split(p_window, v_block.score, v_block.earliness, v_block.member_id);
  END LOOP;
  IF v_divided THEN PERFORM board_add_up(p_window); END IF;
  RETURN v_taken;
END $$;
