-- Rewards for a referrer's count have the times of the referral that is the nth by its own time. Those from
-- before are not told apart and keep theirs.
ALTER TABLE "members" ADD COLUMN     "timed_until" TIMESTAMPTZ(3);
ALTER TABLE "rewards" ADD COLUMN     "nth" INTEGER;

ALTER TABLE rewards ADD CONSTRAINT rewards_nth CHECK (nth > 0);

-- Those of a member, by their nth. Most rewards are for no count.
CREATE INDEX rewards_nth ON rewards (program_id, member_id, nth) WHERE nth IS NOT NULL;
