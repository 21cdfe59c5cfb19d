-- Two members who are one person's two accounts become one: the row of the one who goes stays, and leads to the
-- one who stays. What is kept and what moves: docs/MEMBERS.md.
ALTER TABLE "members" ADD COLUMN     "merged_at" TIMESTAMPTZ(3),
ADD COLUMN     "merged_by" UUID,
ADD COLUMN     "merged_into" UUID;
ALTER TABLE "members" ADD CONSTRAINT "members_program_id_merged_into_fkey" FOREIGN KEY ("program_id", "merged_into") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE members ADD CONSTRAINT members_merge CHECK (
  num_nonnulls(merged_into, merged_at, merged_by) IN (0, 3) AND merged_into <> id);
CREATE INDEX members_merged ON members (program_id, merged_into) WHERE merged_into IS NOT NULL;
-- Two accounts of one person may have referred each other, which shows once they are merged: such a referral is
-- cancelled at the operator's word, and stays on record.
ALTER TABLE referrals DROP CONSTRAINT referrals_not_self, ADD CONSTRAINT referrals_not_self
  CHECK (referred_id IS NULL OR referred_id <> referrer_id OR corrected_by IS NOT NULL);
-- Every id of the one who goes leads to the one who stays.
GRANT UPDATE (member_id) ON member_aliases TO referral_app;

-- What goes first of a program's events: 0 is what somebody waits for, which are commands of people
-- (COMMAND_TYPES of engine/events/commands.ts) and events whose sender waits for the decision; 1 is bulk,
-- which hosts report and the engine hands itself. The index events_turns is built on this function, so a
-- migration that changes its answers makes the index anew.
--
-- Takes: the event's type, and whether its sender waits.
-- Returns: 0 or 1. Not a boolean: the planner takes those apart and then misses the index.
CREATE OR REPLACE FUNCTION event_rank(p_type text, p_awaited boolean) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_awaited OR p_type IN (
    'invitation.issued', 'review.approved', 'review.rejected', 'redemption.requested', 'redemption.approved',
    'redemption.rejected', 'redemption.cancelled', 'redemption.paid', 'redemption.failed', 'survey.answered',
    'survey.cancelled', 'referral.cancelled', 'referral.attributed', 'referral.moved', 'reward.given',
    'reward.granted_again', 'reward.held', 'reward.released', 'reward.taken_back', 'member.blocked',
    'member.unblocked', 'member.renamed', 'member.erased', 'member.merged')
    THEN 0 ELSE 1 END
$$;

-- Finds the transactions that a posting resolves, reverses and restores, and decides whether it may.
--
-- A posting that restores what it takes itself names its own key: then `restored` is 0, no transaction's id.
--
-- Takes: the program, the posting, and the keys, ids, resolved and reversed ids of the postings before it in
--   the call.
-- Returns: `resolved`, `reversed` and `restored`, the ids, each null when the posting names none; and
--   `refusal`: null, `posting_unknown` or `already_resolved`.
CREATE OR REPLACE FUNCTION ledger_names(
  p_program uuid, p_posting jsonb, p_keys text[], p_ids bigint[], p_resolved bigint[], p_reversed bigint[],
  OUT resolved bigint, OUT reversed bigint, OUT restored bigint, OUT refusal text
) LANGUAGE plpgsql AS $$
BEGIN
  resolved := ledger_named(p_program, p_posting->>'resolves', p_keys, p_ids);
  reversed := ledger_named(p_program, p_posting->>'reverses', p_keys, p_ids);
  restored := CASE WHEN p_posting->>'restores' = p_posting->>'key' THEN 0
    ELSE ledger_named(p_program, p_posting->>'restores', p_keys, p_ids) END;
  IF num_nonnulls(p_posting->>'resolves', p_posting->>'reverses', p_posting->>'restores')
    <> num_nonnulls(resolved, reversed, restored) THEN
    refusal := 'posting_unknown';
  ELSIF resolved = ANY (p_resolved) OR reversed = ANY (p_reversed)
    OR EXISTS (SELECT FROM ledger_transactions WHERE resolves_id = resolved)
    OR EXISTS (SELECT FROM ledger_transactions WHERE reverses_id = reversed) THEN
    refusal := 'already_resolved';
  END IF;
END $$;

-- Gives an amount back to the lots from which an earlier transaction took it. When the amount is only a part,
-- the lot that expires last comes first. A transaction that gives on what it takes itself from another
-- account makes lots that expire when those did, one for each time.
--
-- Takes: the transaction that gives back, the account, the amount in minor units, and the transaction that
--   took; 0: the one that gives.
-- Returns: nothing.
-- Raises: raise_exception, when the earlier transaction took less than the amount.
CREATE OR REPLACE FUNCTION ledger_restore_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_taken_by bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := p_amount;
  part bigint;
  earliest timestamptz;
BEGIN
  FOR lot IN
    SELECT l.id, l.expires_at, a.amount_minor AS taken_minor
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE p_taken_by <> 0 AND a.transaction_id = p_taken_by AND l.account_id = p_account
    UNION ALL
    SELECT NULL, l.expires_at, sum(a.amount_minor)
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE p_taken_by = 0 AND a.transaction_id = p_transaction AND l.account_id <> p_account
    GROUP BY l.expires_at
    ORDER BY 2 DESC NULLS FIRST, 1 DESC
  LOOP
    part := least(missing, lot.taken_minor);
    IF p_taken_by = 0 THEN
      INSERT INTO ledger_lots (account_id, transaction_id, amount_minor, remaining_minor, expires_at)
        VALUES (p_account, p_transaction, part, part, lot.expires_at);
    ELSE
      UPDATE ledger_lots SET remaining_minor = remaining_minor + part, uses = uses + 1 WHERE id = lot.id;
      INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
        VALUES (lot.id, p_transaction, -part);
    END IF;
    missing := missing - part;
    earliest := least(earliest, lot.expires_at);
    EXIT WHEN missing = 0;
  END LOOP;
  IF missing > 0 THEN
    RAISE EXCEPTION 'transaction % took % less than is given back', p_taken_by, missing;
  END IF;
  IF earliest IS NOT NULL THEN
    PERFORM ledger_note_expiry(p_account, earliest);
  END IF;
END $$;

-- Keeps what is new from a member who was merged into another: whoever writes it has read of the member
-- before. Waits for a merge that is under way. Triggers `<table>_keep_merged`, before each insert, of tables
-- with a `member_id`.
--
-- Raises: serialization_failure; a later try finds the member who stays.
CREATE OR REPLACE FUNCTION members_keep_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM members WHERE program_id = NEW.program_id AND id = NEW.member_id AND merged_into IS NULL
    FOR KEY SHARE;
  IF NOT FOUND AND EXISTS (SELECT FROM members WHERE program_id = NEW.program_id AND id = NEW.member_id) THEN
    RAISE EXCEPTION 'the member was merged into another meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;

-- Trigger milestone_awards_keep, before each update or delete of milestone_awards: an award stays as it was
-- decided. Only its status, its reward and their times may change, a reward is never replaced, and a reversal
-- is final. It goes along with its member to whom that one was merged into, and is counted there.
--
-- Raises: restrict_violation, when the statement would change anything else.
CREATE OR REPLACE FUNCTION milestone_awards_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.member_id <> OLD.member_id AND EXISTS (
    SELECT FROM members WHERE program_id = OLD.program_id AND id = OLD.member_id
      AND merged_into = NEW.member_id) THEN
    OLD.member_id := NEW.member_id;
    OLD.nth := NEW.nth;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.status = 'reversed'
    OR (OLD.reward_id IS NOT NULL AND NEW.reward_id IS DISTINCT FROM OLD.reward_id)
    OR (NEW.program_id, NEW.id, NEW.member_id, NEW.milestone_id, NEW.step, NEW.nth, NEW.at, NEW.value,
        NEW.policy_version, NEW.reached_at)
      IS DISTINCT FROM
      (OLD.program_id, OLD.id, OLD.member_id, OLD.milestone_id, OLD.step, OLD.nth, OLD.at, OLD.value,
        OLD.policy_version, OLD.reached_at) THEN
    RAISE EXCEPTION 'award % stays as it was decided', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

-- Trigger notices_keep, before each update of notices: of a notice that a member was given only `read_at` may
-- change. It goes along with its member to whom that one was merged into.
--
-- Raises: restrict_violation, when the update would change anything else.
CREATE OR REPLACE FUNCTION notices_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.member_id <> OLD.member_id AND EXISTS (
    SELECT FROM members WHERE program_id = OLD.program_id AND id = OLD.member_id
      AND merged_into = NEW.member_id) THEN
    OLD.member_id := NEW.member_id;
  END IF;
  IF to_jsonb(NEW) - 'read_at' IS DISTINCT FROM to_jsonb(OLD) - 'read_at' THEN
    RAISE EXCEPTION 'notice % is told', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

-- The same for both members of a referral: neither may become a member who was merged into another. Waits for
-- a merge that is under way. Triggers referrals_keep_merged and referrals_move_merged, before each insert and
-- before each update of its members.
--
-- Raises: serialization_failure; a later try finds the member who stays.
CREATE OR REPLACE FUNCTION referrals_keep_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  member record;
BEGIN
  FOR member IN
    SELECT id, merged_into FROM members
    WHERE program_id = NEW.program_id AND (
      (id = NEW.referrer_id AND (TG_OP = 'INSERT' OR NEW.referrer_id <> OLD.referrer_id))
      OR (id = NEW.referred_id AND (TG_OP = 'INSERT' OR NEW.referred_id IS DISTINCT FROM OLD.referred_id)))
    ORDER BY id FOR KEY SHARE
  LOOP
    IF member.merged_into IS NOT NULL THEN
      RAISE EXCEPTION 'the member was merged into another meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;

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

CREATE TRIGGER links_keep_merged BEFORE INSERT ON links FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER rewards_keep_merged BEFORE INSERT ON rewards FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER refused_rewards_keep_merged BEFORE INSERT ON refused_rewards FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER redemptions_keep_merged BEFORE INSERT ON redemptions FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER surveys_keep_merged BEFORE INSERT ON surveys FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER notices_keep_merged BEFORE INSERT ON notices FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER notice_preferences_keep_merged BEFORE INSERT ON notice_preferences FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER member_actions_keep_merged BEFORE INSERT ON member_actions FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER point_postings_keep_merged BEFORE INSERT ON point_postings FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER member_points_keep_merged BEFORE INSERT ON member_points FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER achievement_awards_keep_merged BEFORE INSERT ON achievement_awards FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER milestone_awards_keep_merged BEFORE INSERT ON milestone_awards FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER member_aliases_keep_merged BEFORE INSERT ON member_aliases FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
CREATE TRIGGER referrals_keep_merged BEFORE INSERT ON referrals FOR EACH ROW
  EXECUTE FUNCTION referrals_keep_merged();
CREATE TRIGGER referrals_move_merged BEFORE UPDATE OF referrer_id, referred_id ON referrals FOR EACH ROW
  EXECUTE FUNCTION referrals_keep_merged();

-- The index holds what `event_rank` says. There are no events of the new type yet; this costs what waits.
REINDEX INDEX events_turns;
