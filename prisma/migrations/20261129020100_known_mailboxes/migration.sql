-- Keys of before were made by the first rules; the upkeep makes them anew. Referrals of before keep no
-- mailbox: their members' own keys are compared.
ALTER TABLE "members" ADD COLUMN "email_key_rules" SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE "referrals" ADD COLUMN "mailbox_hash" TEXT;

CREATE INDEX referrals_mailboxes ON referrals (program_id, mailbox_hash) WHERE mailbox_hash IS NOT NULL;

-- What the upkeep looks for. After it has run, the index holds nobody.
CREATE INDEX members_old_keys ON members (program_id, id) WHERE email_key IS NOT NULL AND email_key_rules < 2;

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
  -- A statement of its own, which sees what was committed while the lock was waited for.
  RETURN EXISTS (SELECT FROM members WHERE program_id = p_program AND email_key = p_key AND id <> p_member)
    OR EXISTS (SELECT FROM referrals
               WHERE program_id = p_program AND mailbox_hash = p_hash AND referred_id <> p_member);
END $$;
