-- Changes a member's scores in several windows. A window is made when a score first falls into it. A closed
-- window keeps its scores; the change is recorded in board_late_changes. The caller holds the lock on the
-- member's row, so nobody else changes the member's scores or name meanwhile, and two members share no row.
--
-- Takes: the program, the member, and one change per window:
--   [{id, board, key, starts_at, ends_at, closes_at, by, at_ms}, …].
-- Returns: the windows whose moves are due to be folded, by chance one in 256 moves; '{}' for none.
CREATE OR REPLACE FUNCTION board_score(
  p_program uuid, p_member uuid, p_changes jsonb
) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE v_due uuid[];
BEGIN
  INSERT INTO board_windows (program_id, id, board_id, key, starts_at, ends_at, closes_at)
  SELECT p_program, c.id, c.board, c.key, c.starts_at, c.ends_at, c.closes_at
  FROM jsonb_to_recordset(p_changes) AS c(
    id uuid, board uuid, key text, starts_at timestamptz, ends_at timestamptz, closes_at timestamptz)
  WHERE NOT EXISTS (SELECT 1 FROM board_windows w WHERE w.program_id = p_program AND w.id = c.id)
  ORDER BY c.id
  ON CONFLICT DO NOTHING;
  -- Locks the windows before the next statement reads whether they are closed.
  PERFORM pg_advisory_xact_lock_shared(board_lock_key(c.id))
  FROM jsonb_to_recordset(p_changes) AS c(id uuid, closes_at timestamptz)
  WHERE c.closes_at IS NOT NULL;
  WITH asked AS (
    SELECT w.id, c.by, c.at_ms, w.closed_at IS NOT NULL AS closed
    FROM jsonb_to_recordset(p_changes) AS c(id uuid, by bigint, at_ms bigint)
    JOIN board_windows w ON w.program_id = p_program AND w.id = c.id
  ), late AS (
    INSERT INTO board_late_changes (program_id, window_id, member_id, amount, occurred_at)
    SELECT p_program, id, p_member, by, to_timestamp(at_ms / 1000.0) FROM asked WHERE closed
  ), before AS (
    SELECT s.window_id, s.score, s.earliness
    FROM asked a
    JOIN board_scores s ON s.program_id = p_program AND s.window_id = a.id AND s.member_id = p_member
  ), written AS (
    INSERT INTO board_scores AS s (program_id, window_id, member_id, score, earliness, display_name)
    SELECT p_program, a.id, p_member, greatest(0, coalesce(b.score, 0) + a.by), least(b.earliness, -a.at_ms),
      CASE WHEN b.window_id IS NULL
        THEN (SELECT display_name FROM members WHERE program_id = p_program AND id = p_member) END
    FROM asked a LEFT JOIN before b ON b.window_id = a.id WHERE NOT a.closed
    ON CONFLICT (program_id, window_id, member_id)
      DO UPDATE SET score = excluded.score, earliness = excluded.earliness
    RETURNING s.window_id, s.score, s.earliness
  ), moved AS (
    INSERT INTO board_moves (window_id, member_id, was_score, was_earliness, score, earliness)
    SELECT w.window_id, p_member, coalesce(b.score, 0), coalesce(b.earliness, 0), w.score, w.earliness
    FROM written w LEFT JOIN before b ON b.window_id = w.window_id
    RETURNING id, window_id
  )
  SELECT array_agg(window_id) INTO v_due FROM moved WHERE id % 256 = 0;
  RETURN coalesce(v_due, '{}');
END $$;
