-- Trigger outbox_tell_feeds, after each insert into outbox: sends the notice `told` with the program's id, if
-- somebody follows the program's feed. A notice makes commits of the database wait for one lock, so a program
-- that nobody follows sends none; it costs such a program one look into an index. Notices are sent at commit,
-- those of one transaction that are alike once.
CREATE OR REPLACE FUNCTION outbox_tell_feeds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('told', w.program_id::text)
  FROM feed_watches w WHERE w.program_id = NEW.program_id AND w.until > clock_timestamp();
  RETURN NULL;
END $$;
