-- Where a month begins in a table that is kept by months, as its partitions say it: as a time, or, where the
-- table is parted by ids of version 7, as the lowest id of that time.
--
-- Takes: the table, and the first moment of the month, in UTC.
-- Returns: the bound, as text.
CREATE OR REPLACE FUNCTION months_bound(p_table text, p_month timestamp) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN a.atttypid = 'uuid'::regtype
    THEN rpad(lpad(to_hex((extract(epoch FROM p_month AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0'), 32, '0')
    ELSE p_month::text || '+00' END
  FROM pg_partitioned_table t JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
  WHERE t.partrelid = p_table::regclass
$$;
