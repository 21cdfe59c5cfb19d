-- The moment of a call, by which lots have expired: the latest time of its postings.
--
-- Takes: the postings of a call of ledger_post.
-- Returns: the moment; null when an expiry is among the postings, which takes the lot that it names.
CREATE OR REPLACE FUNCTION ledger_moment(p_postings jsonb) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN bool_or(posting->>'intent' = 'expire') IS NOT TRUE
    THEN to_timestamp(max((posting->>'occurred_at_ms')::float8) / 1000) END
  FROM jsonb_array_elements(p_postings) AS p (posting)
$$;
