-- The lots of a grant that have expired by a moment and whose expiry is not booked. What is left on the
-- account of a member who was merged into another had expired by then, whatever the moment. The application
-- may execute it; it reads what the application may read anyway.
--
-- Takes: the grant's transaction, and the moment.
-- Returns: the lots' ids.
CREATE OR REPLACE FUNCTION ledger_unbooked(p_origin bigint, p_moment timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
  SELECT l.id FROM ledger_lots l
  JOIN ledger_accounts a ON a.id = l.account_id
  JOIN members m ON m.program_id = a.program_id AND m.id = a.member_id
  WHERE l.origin_id = p_origin AND l.open AND l.expires_at IS NOT NULL
    AND (l.expires_at <= p_moment OR m.merged_into IS NOT NULL)
$$;
