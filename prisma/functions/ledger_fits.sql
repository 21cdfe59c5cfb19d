-- The part of an amount that a balance can take within its bounds. Nothing calls it any more: ledger_post has
-- the expression in itself, because a call of a function costs more.
--
-- Takes: the amount, the balance, and its floor and ceiling (null: no bound), all in minor units.
-- Returns: the part, of the same sign as the amount, or 0.
CREATE OR REPLACE FUNCTION ledger_fits(
  p_amount bigint, p_balance bigint, p_floor bigint, p_ceiling bigint
) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_amount < 0 AND p_floor IS NOT NULL THEN greatest(p_amount, least(0, p_floor - p_balance))
    WHEN p_amount > 0 AND p_ceiling IS NOT NULL THEN least(p_amount, greatest(0, p_ceiling - p_balance))
    ELSE p_amount END;
$$;
