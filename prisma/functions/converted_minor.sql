-- Minor units of another unit by the fraction that an event's decision fixed: the nearest whole one, the
-- upper of two that are as near. `convert` of domain/rates/convert.ts is the same; a test compares them.
--
-- $1: minor units, 0 or more. $2 and $3: the fraction's numerator and denominator, whole numbers above 0.
CREATE OR REPLACE FUNCTION converted_minor(minor bigint, numerator numeric, denominator numeric)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT div(2 * minor * numerator + denominator, 2 * denominator)::bigint
$$;
