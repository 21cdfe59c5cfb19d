-- Trigger outbox_tell_endpoints, after each insert into outbox: queues the message for each endpoint of its
-- program that takes its type. The trigger does it, in the transaction of what the message tells, so that no
-- message is lost and no writer of the outbox can forget it. It costs a program without endpoints one look
-- into an index.
CREATE OR REPLACE FUNCTION outbox_tell_endpoints() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhook_deliveries (program_id, endpoint_id, outbox_id, subject)
  SELECT e.program_id, e.id, NEW.id, NEW.subject
  FROM webhook_endpoints e
  WHERE e.program_id = NEW.program_id AND e.status <> 'disabled' AND webhook_wants(e, NEW);
  RETURN NULL;
END $$;
