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
