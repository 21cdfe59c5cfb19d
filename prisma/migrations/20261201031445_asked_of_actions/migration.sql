-- What rules on an action saw of its member's signup and of the referrer's count, so that it can be asked
-- again when either is another. Actions of before have none of it, and stay. No default: adding them rewrites
-- nothing.
ALTER TABLE "member_actions" ADD COLUMN     "asked_again" INTEGER,
ADD COLUMN     "asked_count" INTEGER,
ADD COLUMN     "asked_referrer_id" UUID,
ADD COLUMN     "asked_signup_at" TIMESTAMPTZ(3);

-- A member's actions that can be asked again.
CREATE INDEX member_actions_asked ON member_actions (program_id, member_id, occurred_at)
  WHERE asked_again IS NOT NULL;
