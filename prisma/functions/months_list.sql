-- The partitions of the tables that are kept by months, those alone that hold a span of time.
--
-- Returns: the table, the partition, and the time at which its span ends.
CREATE OR REPLACE FUNCTION months_list() RETURNS TABLE (parent text, part text, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.relname::text, c.relname::text,
    (make_timestamp(said[2]::int, said[3]::int, 1, 0, 0, 0)
      + CASE WHEN said[1] IS NULL THEN interval '1 month' ELSE '0' END) AT TIME ZONE 'UTC'
  FROM pg_inherits i
  JOIN pg_class p ON p.oid = i.inhparent AND p.relkind = 'p' AND p.relnamespace = 'public'::regnamespace
  JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL regexp_match(c.relname, '_(until_)?(\d{4})_(\d{2})(_kept)?$') said
  WHERE said IS NOT NULL
$$;
