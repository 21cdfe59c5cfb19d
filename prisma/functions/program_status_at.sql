-- The status of a program at a moment. A start or an end that has passed counts before anybody has stored it.
-- statusAt of domain/programs/program.ts says the same.
--
-- Takes: the stored status, the start and the end (null: none), and the moment.
-- Returns: the status at the moment.
CREATE OR REPLACE FUNCTION program_status_at(
  p_status program_status, p_starts_at timestamptz, p_ends_at timestamptz, p_at timestamptz
) RETURNS program_status LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_status = 'ended' OR p_ends_at <= p_at THEN 'ended'
    WHEN p_status = 'draft' AND p_starts_at <= p_at THEN 'live'
    ELSE p_status END
$$;
