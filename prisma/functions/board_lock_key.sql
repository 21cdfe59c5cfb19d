-- The key of a window's advisory lock. Whoever changes scores holds the lock shared; whoever closes the
-- window holds it alone.
--
-- Takes: the window.
-- Returns: the key for pg_advisory_xact_lock and pg_advisory_xact_lock_shared.
CREATE OR REPLACE FUNCTION board_lock_key(p_window uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT hashtextextended('board_window ' || p_window::text, 0)
$$;
