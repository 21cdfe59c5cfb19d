-- Trigger events_once, before each insert into events: an event is taken once, by its program and key, for as
-- long as the engine stands. A hash of its key outlives the event, which goes with its month.
CREATE OR REPLACE FUNCTION events_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_keys (program_id, key_hash) VALUES (NEW.program_id, event_key_hash(NEW.key))
  ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN NEW END;
END $$;
