-- Trigger events_once, after each insert into events: the statement is refused when one of its events has no
-- key, or one that another event took. Who stores events takes their keys in the same statement, and stores
-- those whose key was free. A hash of the key outlives the event, which goes with its month: so an event is
-- taken once, by its program and key, for as long as the engine stands.
CREATE OR REPLACE FUNCTION events_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM stored s WHERE NOT EXISTS (
      SELECT FROM event_keys k
      WHERE k.program_id = s.program_id AND k.key_hash = event_key_hash(s.key) AND k.event_id = s.id))
  THEN
    RAISE unique_violation USING TABLE = 'event_keys', MESSAGE = 'an event must hold its key';
  END IF;
  RETURN NULL;
END $$;
