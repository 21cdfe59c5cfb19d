-- Trigger outbox_tell_members, after each insert into outbox of a message that names members: stores a
-- `member.told` event for each of them, so that the message reaches the member's workflow. The trigger does
-- it so that no writer of the outbox can forget it. It costs a program whose policy has nothing for members
-- one look at its row.
CREATE OR REPLACE FUNCTION outbox_tell_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH told AS MATERIALIZED (
    SELECT member, uuidv7() AS id, 'told:' || member || ':' || NEW.key AS key FROM unnest(NEW.members) member
    WHERE EXISTS (SELECT 1 FROM programs WHERE id = NEW.program_id AND engages)
  ), taken AS (
    INSERT INTO event_keys (program_id, key_hash, event_id)
    SELECT NEW.program_id, event_key_hash(key), id FROM told ORDER BY 2
    ON CONFLICT DO NOTHING RETURNING event_id
  )
  INSERT INTO events (program_id, id, key, request_hash, type, payload, occurred_at, workflow_id)
  SELECT NEW.program_id, id, key, encode(sha256(convert_to(NEW.key, 'UTF8')), 'hex'),
    'member.told', jsonb_build_object('message', NEW.key), now(), 'member-' || member
  FROM told JOIN taken ON event_id = id;
  RETURN NULL;
END $$;
