-- A member who is blocked earns and redeems nothing until an operator ends the block.
ALTER TABLE "members" ADD COLUMN "blocked_at" TIMESTAMPTZ(3), ADD COLUMN "blocked_reason" TEXT;

ALTER TABLE members ADD CONSTRAINT members_block CHECK ((blocked_at IS NULL) = (blocked_reason IS NULL));

-- The hourly upkeep asks whose rewards do not mature. Hardly anybody is blocked.
CREATE INDEX members_blocked ON members (program_id, id) WHERE blocked_at IS NOT NULL;
