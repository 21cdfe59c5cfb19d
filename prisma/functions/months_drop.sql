-- Ends the oldest partition of a table that holds nothing newer than a time: it is detached from the table
-- and gone, without a look at its rows. Of a month of events stays what `events_keep` says, in a partition
-- that takes its place. What the last 28 days brought stays, whatever is asked. The application may execute
-- this function; one call ends one partition, so that each is a transaction. Everybody else waits while it
-- waits for those who use the table, such as a backup: so it gives up after half a second.
--
-- Takes: the table, and the time.
-- Returns: the partition that is gone; null: there is none left, or none can be had now.
CREATE OR REPLACE FUNCTION months_drop(p_table text, p_before timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE v_part text; v_bound text; v_kept text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  SELECT l.part, pg_get_expr(c.relpartbound, c.oid) INTO v_part, v_bound
  FROM months_list() l JOIN pg_class c ON c.oid = l.part::regclass
  WHERE l.parent = p_table AND l.part NOT LIKE '%\_kept'
    AND l.until <= least(p_before, now() - interval '28 days')
  ORDER BY l.until LIMIT 1;
  IF v_part IS NULL THEN RETURN NULL; END IF;
  IF p_table = 'events' THEN v_kept := events_keep(v_part); END IF;
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', p_table, v_part);
  EXECUTE format('DROP TABLE %I', v_part);
  IF v_kept IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I %s', p_table, v_kept, v_bound);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT bound', v_kept);
  END IF;
  RETURN v_part;
EXCEPTION WHEN lock_not_available THEN
  RETURN NULL;
END $$;
