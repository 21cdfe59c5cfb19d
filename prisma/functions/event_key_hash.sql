-- What is kept of an event's key when the event is gone: the first half of its SHA-256, which tells keys
-- apart as surely, and says no word of them.
--
-- Takes: the key. Returns: the hash, written as a UUID.
CREATE OR REPLACE FUNCTION event_key_hash(p_key text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(p_key, 'UTF8')) FOR 16), 'hex')::uuid
$$;
