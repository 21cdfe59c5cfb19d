-- The moment since which decisions count on a board: its creation, or the beginning of time once somebody
-- asked for its past to be filled in.
--
-- Takes: the board's row.
-- Returns: milliseconds since 1970; 0 for the beginning of time.
CREATE OR REPLACE FUNCTION board_since_ms(p_board boards) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_board.backfill_at IS NULL
    THEN floor(extract(epoch FROM p_board.created_at) * 1000)::bigint ELSE 0 END
$$;
