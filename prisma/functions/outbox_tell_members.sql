-- Trigger outbox_tell_members, after each insert into outbox of a message that names members: stores a
-- `member.told` event for each of them, so that the message reaches the member's workflow. The trigger does
-- it so that no writer of the outbox can forget it. It costs a program whose policy has nothing for members
-- one look at its row.
CREATE OR REPLACE FUNCTION outbox_tell_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (program_id, id, key, request_hash, type, payload, occurred_at, workflow_id)
  SELECT NEW.program_id, uuidv7(), 'told:' || member || ':' || NEW.key,
    encode(sha256(convert_to(NEW.key, 'UTF8')), 'hex'),
    'member.told', jsonb_build_object('message', NEW.key), now(), 'member-' || member
  FROM unnest(NEW.members) member
  WHERE EXISTS (SELECT 1 FROM programs WHERE id = NEW.program_id AND engages);
  RETURN NULL;
END $$;
