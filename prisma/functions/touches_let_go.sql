-- Lets clicks go that lie in no month, since their id says no time, or one far ahead, as with a clock that is
-- wrong. They go by when they happened. What the last 28 days brought stays, whatever is asked. The
-- application may execute this function.
--
-- Takes: the time before which clicks may go.
-- Returns: how many are gone.
CREATE OR REPLACE FUNCTION touches_let_go(p_before timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE v_gone int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  DELETE FROM touches_rest WHERE occurred_at < least(p_before, now() - interval '28 days');
  GET DIAGNOSTICS v_gone = ROW_COUNT;
  RETURN v_gone;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;
