-- What the lots behind an available balance hold that has expired, and whose expiry may not be posted yet.
--
-- Takes: the account, and the moment.
-- Returns: the amount in minor units.
CREATE OR REPLACE FUNCTION ledger_expired(p_account bigint, p_moment timestamptz) RETURNS bigint
LANGUAGE sql AS $$
  SELECT coalesce(sum(remaining_minor), 0)::bigint
  FROM ledger_lots WHERE account_id = p_account AND open AND expires_at <= p_moment
$$;
