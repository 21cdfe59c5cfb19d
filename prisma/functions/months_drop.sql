-- Ends the partitions of a table that hold nothing newer than a time: each is detached from the table and
-- gone, without a look at its rows. What the last 28 days brought stays, whatever is asked. The application
-- may execute this function; it waits two seconds at most for those who use the table.
--
-- Takes: the table, and the time.
-- Returns: the partitions that are gone, oldest first.
CREATE OR REPLACE FUNCTION months_drop(p_table text, p_before timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE v_part text; v_gone text[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  FOR v_part IN
    SELECT part FROM months_list()
    WHERE parent = p_table AND until <= least(p_before, now() - interval '28 days') ORDER BY until
  LOOP
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', p_table, v_part);
    EXECUTE format('DROP TABLE %I', v_part);
    v_gone := v_gone || v_part;
  END LOOP;
  RETURN v_gone;
END $$;
