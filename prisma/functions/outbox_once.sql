-- Trigger outbox_once, before each insert into outbox: a message is told once, by its program and key, for as
-- long as the engine stands. Its key outlives the message, which goes with its month.
CREATE OR REPLACE FUNCTION outbox_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox_keys (program_id, key, outbox_id) VALUES (NEW.program_id, NEW.key, NEW.id)
  ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN NEW END;
END $$;
