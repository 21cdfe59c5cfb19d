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
