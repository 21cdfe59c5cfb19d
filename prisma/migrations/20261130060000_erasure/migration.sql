-- Erasure of members, and what keeps them erased.
ALTER TABLE "members" ADD COLUMN "erased_at" TIMESTAMPTZ(3);
ALTER TABLE "members" ADD CONSTRAINT members_erased CHECK (erased_at IS NULL OR blocked_at IS NOT NULL);
ALTER TABLE "programs" ADD COLUMN "payout_hold_years" SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE "programs" ADD CONSTRAINT programs_payout_hold CHECK (payout_hold_years BETWEEN 0 AND 30);

-- An erasure, from its beginning; the last one of a member.
CREATE TABLE "erasures" (
    "program_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "badges" TEXT NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "report" JSONB,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "listed_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("program_id", "member_id"),
    CONSTRAINT "erasures_badges" CHECK ("badges" IN ('keep', 'revoke')),
    CONSTRAINT "erasures_ended" CHECK (("ended_at" IS NULL) = ("report" IS NULL))
);
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_program_id_member_id_fkey"
  FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id")
  ON DELETE RESTRICT ON UPDATE CASCADE;

-- Keyed hashes of what an erased member was known by, against making them anew. An event's key is among them,
-- so that what was paid for is not paid for again.
CREATE TABLE "do_not_track" (
    "program_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "member_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "do_not_track_pkey" PRIMARY KEY ("program_id", "hash"),
    CONSTRAINT "do_not_track_kind" CHECK ("kind" IN ('external_id', 'mailbox', 'event'))
);
CREATE INDEX "do_not_track_program_id_member_id_idx" ON "do_not_track"("program_id", "member_id");
ALTER TABLE "do_not_track" ADD CONSTRAINT "do_not_track_program_id_fkey"
  FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Where an erased member was paid to, for as long as the law wants it kept.
CREATE TABLE "held_payouts" (
    "program_id" UUID NOT NULL,
    "redemption_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "sealed" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "held_payouts_pkey" PRIMARY KEY ("program_id", "redemption_id")
);
CREATE INDEX "held_payouts_until_idx" ON "held_payouts"("until");
CREATE INDEX "held_payouts_program_id_member_id_idx" ON "held_payouts"("program_id", "member_id");
ALTER TABLE "held_payouts" ADD CONSTRAINT "held_payouts_program_id_redemption_id_fkey"
  FOREIGN KEY ("program_id", "redemption_id") REFERENCES "redemptions"("program_id", "id")
  ON DELETE RESTRICT ON UPDATE CASCADE;

-- Commands of a workflow, which an erasure reads.
CREATE INDEX events_commands ON events (program_id, workflow_id) WHERE key LIKE 'command:%';

GRANT SELECT, INSERT, UPDATE ON erasures TO referral_app;
GRANT SELECT, INSERT, DELETE ON do_not_track TO referral_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON held_payouts TO referral_app;
GRANT UPDATE (visitor_id, ip_hash, user_agent_hash, paid_click) ON touches TO referral_app;
GRANT UPDATE (order_id) ON event_orders TO referral_app;
GRANT DELETE ON notices, notice_emails, notice_preferences, member_aliases, badge_recipients,
  billing_customers, billing_promotions TO referral_app;

-- What is left of a JSON object when nobody's words may stay: numbers, truth values, and texts that are an
-- id, of somebody too, as in `key:<id>`.
--
-- Takes: a JSON object; anything else is nothing.
-- Returns: an object with the fields that stay.
CREATE OR REPLACE FUNCTION without_words(p_object jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}')
  FROM jsonb_each(CASE WHEN jsonb_typeof(p_object) = 'object' THEN p_object ELSE '{}' END)
  WHERE jsonb_typeof(value) IN ('number', 'boolean')
    OR value #>> '{}' ~ '^([a-z]+:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
$$;

-- Takes people's words out of entries of the audit log, which nobody else may change: ids and numbers stay,
-- and so do the actor, the action, the subject and the time. Of an erasure the log keeps why, which is one of
-- a few words. The triggers of audit_log know this function by
-- its search_path, as that of ledger_entries knows ledger_post.
--
-- Takes: the program, what the entries are about, and how many entries to change at most.
-- Returns: how many were changed.
CREATE OR REPLACE FUNCTION erase_audit(p_program uuid, p_subjects text[], p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, erase_words, pg_temp AS $$
DECLARE v_count int;
BEGIN
  UPDATE audit_log SET detail = without_words(detail)
  WHERE id IN (
    SELECT a.id FROM audit_log a
    WHERE a.program_id = p_program AND a.subject = ANY (p_subjects) AND a.action <> 'member.erased'
      AND a.detail <> without_words(a.detail)
    LIMIT p_limit);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

REVOKE ALL ON FUNCTION erase_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_audit TO referral_app;

DROP TRIGGER audit_log_append_only ON audit_log;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE ON audit_log FOR EACH ROW
  WHEN (current_setting('search_path') <> 'public, erase_words, pg_temp') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Empties the signed documents of a member's badges, which nobody else may change. What a badge was for and
-- whether it is revoked stays on record. The triggers of badge_credentials know this function by its
-- search_path, as that of ledger_entries knows ledger_post.
--
-- Takes: the program, the member, and how many documents to empty at most.
-- Returns: how many were emptied.
CREATE OR REPLACE FUNCTION erase_badges(p_program uuid, p_member uuid, p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, erase_words, pg_temp AS $$
DECLARE v_count int;
BEGIN
  UPDATE badge_credentials SET document = '{}'
  WHERE program_id = p_program AND id IN (
    SELECT b.id FROM badge_credentials b
    WHERE b.program_id = p_program AND b.member_id = p_member AND b.document <> '{}'
    LIMIT p_limit);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

REVOKE ALL ON FUNCTION erase_badges FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_badges TO referral_app;

DROP TRIGGER badge_credentials_append_only ON badge_credentials;
CREATE TRIGGER badge_credentials_append_only BEFORE UPDATE ON badge_credentials FOR EACH ROW
  WHEN (current_setting('search_path') <> 'public, erase_words, pg_temp') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER badge_credentials_no_delete BEFORE DELETE ON badge_credentials FOR EACH ROW
  EXECUTE FUNCTION refuse_change();

-- Trigger members_stay_erased, before each update of a member who is erased: nobody gets a name, an address
-- or an id again, whatever comes late. Counts may move.
--
-- Raises: serialization_failure; a later try finds that the member is erased.
CREATE OR REPLACE FUNCTION members_stay_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.external_id, NEW.host_id, NEW.email, NEW.email_key, NEW.referral_code, NEW.locale, NEW.time_zone,
      NEW.display_name, NEW.blocked_at IS NULL, NEW.erased_at)
    IS DISTINCT FROM
    (OLD.external_id, OLD.host_id, OLD.email, OLD.email_key, OLD.referral_code, OLD.locale, OLD.time_zone,
      OLD.display_name, false, OLD.erased_at) THEN
    RAISE EXCEPTION 'member % is erased', OLD.id USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER members_stay_erased BEFORE UPDATE ON members FOR EACH ROW
  WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION members_stay_erased();

-- No event has the new type yet, so the index events_turns stays right as it is.
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
    'member.unblocked', 'member.renamed', 'member.erased')
    THEN 0 ELSE 1 END
$$;
