-- Whether a call takes back grants without what lapsed of them, though it is there, or revives more than
-- that. ledger_post asks under the locks of the balances, so that no expiry comes in between. What has
-- expired and is not booked is to be booked first: on the account of the member, and on that of one who was
-- merged into them.
--
-- Takes: the postings, which of them are new, and the grants that they name.
-- Returns: whether it does.
CREATE OR REPLACE FUNCTION ledger_is_unmet(
  p_postings jsonb, p_fresh boolean[], p_origins bigint[]
) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- Nothing of the grants expires any more, or ever did, and nothing is revived: the usual answer.
  IF NOT EXISTS (
    SELECT FROM ledger_lots
    WHERE origin_id = ANY (p_origins) AND expires_at IS NOT NULL AND (open OR expired_minor > 0)
  ) THEN
    RETURN EXISTS (
      SELECT FROM jsonb_array_elements(p_postings) WITH ORDINALITY AS p (posting, nth)
      WHERE p.posting->>'intent' = 'revive' AND p_fresh[nth]);
  END IF;
  RETURN EXISTS (
    SELECT FROM (
      SELECT p_origins[p.nth] AS origin,
        coalesce(-sum(l.amount) FILTER (WHERE p.intent = 'reverse'), 0) AS back,
        coalesce(sum(l.amount) FILTER (WHERE p.intent = 'revive'), 0) AS revived
      FROM (
        SELECT nth, posting->>'intent' AS intent, posting->'legs' AS legs
        FROM jsonb_array_elements(p_postings) WITH ORDINALITY AS all_of (posting, nth)
      ) AS p, LATERAL (
        SELECT (leg->>'amount')::bigint AS amount FROM jsonb_array_elements(p.legs) AS leg
        WHERE leg->>'account' LIKE 'available:%' OR leg->>'account' LIKE 'owed:%'
      ) AS l
      WHERE p.intent IN ('reverse', 'revive') AND p_fresh[p.nth] AND p_origins[p.nth] IS NOT NULL
      GROUP BY 1
    ) AS asked, LATERAL (SELECT ledger_lapsed(asked.origin) AS minor) AS lapsed
    WHERE revived > lapsed.minor OR (revived < back AND (lapsed.minor > revived OR EXISTS (
      SELECT FROM ledger_unbooked(asked.origin, ledger_moment(p_postings))))));
END $$;
