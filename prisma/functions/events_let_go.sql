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
