-- Looks once more at a month of events of which a part was kept, and lets go what nothing builds on any more,
-- such as the actions of a referral that has ended since. The months take turns, and events_rest has one: it
-- holds events whose id says no month, or one far ahead, and those go by when they were received. The
-- application may execute this function.
--
-- Takes: the time before which months may go, and whose turn it is, a number that grows by one from call to
-- call.
-- Returns: how many events are gone.
CREATE OR REPLACE FUNCTION events_let_go(p_before timestamptz, p_turn bigint) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
  v_before timestamptz := least(p_before, now() - interval '28 days');
  v_parts text[]; v_gone int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  SELECT array_agg(part ORDER BY until) || 'events_rest'::text INTO v_parts FROM months_list()
  WHERE parent = 'events' AND part LIKE '%\_kept' AND until <= v_before;
  -- The state is asked again of what somebody changes meanwhile, as when an event is decided anew.
  EXECUTE format($sql$
    DELETE FROM %1$I WHERE state = 'decided' AND (%1$L <> 'events_rest' OR received_at < $1)
      AND id NOT IN (SELECT events_needed(%1$L))
    $sql$, v_parts[1 + p_turn % cardinality(v_parts)]) USING v_before;
  GET DIAGNOSTICS v_gone = ROW_COUNT;
  RETURN v_gone;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;

-- Makes room in every table that is kept by months: a partition for this month and one for the next, where
-- there is none yet. More would only make each statement dearer to plan. What came while nobody had made room
-- lies in the partition `<table>_rest`, and moves to partitions of its months. What lies further ahead stays
-- there, since its month may not end for long, and so do rows whose id says no time. Where there was nothing
-- to make, it looks at what the tables hold, for the planner; not otherwise, as others would wait meanwhile
-- for what a new partition locks. The application may execute this function; it gives up after half a second
-- where others use the table so that it cannot be changed.
--
-- Returns: how many partitions were made.
CREATE OR REPLACE FUNCTION months_open() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
  v_now timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  v_made int := 0; v_table record; v_month timestamp; v_part text; v_from text; v_to text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  FOR v_table IN
    SELECT c.relname::text AS name, a.attname::text AS key,
      CASE WHEN a.atttypid = 'uuid'::regtype THEN format(
          'CASE WHEN uuid_extract_version(%1$I) = 7 THEN uuid_extract_timestamp(%1$I) END', a.attname)
        ELSE quote_ident(a.attname) END AS at,
      coalesce((SELECT format(' WITH (%s)', array_to_string(r.reloptions, ', ')) FROM pg_class r
        WHERE r.oid = to_regclass(c.relname || '_rest') AND r.reloptions IS NOT NULL), '') AS options
    FROM pg_partitioned_table t JOIN pg_class c ON c.oid = t.partrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = t.partattrs[0]
    WHERE c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname
  LOOP
    FOR v_month IN EXECUTE format(
      'SELECT m FROM generate_series($1, $1 + interval ''1 month'', ''1 month'') m UNION
       SELECT date_trunc(''month'', %1$s AT TIME ZONE ''UTC'') FROM %2$I
       WHERE (%1$s) < ($1 + interval ''2 months'') AT TIME ZONE ''UTC'' ORDER BY 1',
      v_table.at, v_table.name || '_rest') USING v_now
    LOOP
      v_part := v_table.name || to_char(v_month, '_YYYY_MM');
      CONTINUE WHEN to_regclass(quote_ident(v_part)) IS NOT NULL OR EXISTS (
        SELECT FROM months_list() l WHERE l.parent = v_table.name AND l.part LIKE '%\_until\_%'
          AND l.until > v_month AT TIME ZONE 'UTC');
      v_from := months_bound(v_table.name, v_month);
      v_to := months_bound(v_table.name, v_month + interval '1 month');
      -- What came between the move and the end of this would belong to both.
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_table.name || '_rest');
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)%s',
        v_part, v_table.name, v_table.options);
      EXECUTE format('WITH late AS (DELETE FROM %1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *)
        INSERT INTO %5$I SELECT * FROM late', v_table.name || '_rest', v_table.key, v_from, v_to, v_part);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        v_table.name, v_part, v_from, v_to);
      v_made := v_made + 1;
    END LOOP;
    -- PostgreSQL does not gather what it knows of a table over all its partitions by itself.
    IF v_made = 0 THEN EXECUTE format('ANALYZE ONLY %I', v_table.name); END IF;
  END LOOP;
  RETURN v_made;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;
