-- By which rules an action was counted for points, and by which number, so that one that comes late can ask
-- again. Actions of before have neither. No default: adding them rewrites nothing.
ALTER TABLE "member_actions" ADD COLUMN "policy_version" INTEGER,
ADD COLUMN "number" INTEGER;
