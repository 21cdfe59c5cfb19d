-- Whether a mailbox is another member's. Waits until no other signup with this mailbox is under way, and
-- keeps later ones waiting until the end of the transaction: of two at once, one sees the other. Call it
-- before the transaction locks a member.
--
-- Takes: the program, the key of the mailbox, the hash of the key as referrals keep it, and the member who is
--   asked about.
-- Returns: whether another member has the mailbox now, or signed up with it once; null without a key.
CREATE OR REPLACE FUNCTION mailbox_known(
  p_program uuid, p_key text, p_hash text, p_member uuid
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF p_key IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('mailbox ' || p_key, hashtextextended(p_program::text, 0)));
  -- A statement of its own, which sees what was committed while the lock was waited for. What was merged into
  -- the member is theirs.
  RETURN EXISTS (SELECT FROM members
                 WHERE program_id = p_program AND email_key = p_key AND id <> p_member
                   AND merged_into IS DISTINCT FROM p_member)
    OR EXISTS (SELECT FROM referrals
               WHERE program_id = p_program AND mailbox_hash = p_hash AND referred_id <> p_member);
END $$;
