-- What is left of a JSON object when nobody's words may stay: numbers, truth values, and texts that are an
-- id, of somebody too, as in `key:<id>`.
--
-- Takes: a JSON object; anything else is nothing.
-- Returns: an object with the fields that stay.
CREATE OR REPLACE FUNCTION without_words(p_object jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}')
  FROM jsonb_each(CASE WHEN jsonb_typeof(p_object) = 'object' THEN p_object ELSE '{}' END)
  WHERE jsonb_typeof(value) IN ('number', 'boolean')
    OR value #>> '{}' ~ '^([a-z]+:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
$$;
