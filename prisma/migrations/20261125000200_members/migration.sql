-- CreateEnum
CREATE TYPE "reward_source" AS ENUM ('referral', 'milestone', 'achievement', 'level', 'season', 'operator');

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "members" UUID[] DEFAULT ARRAY[]::UUID[];

-- AlterTable
ALTER TABLE "programs" ADD COLUMN     "engages" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "rewards" ADD COLUMN     "source" "reward_source" NOT NULL DEFAULT 'referral',
ALTER COLUMN "referral_id" DROP NOT NULL,
ALTER COLUMN "event_id" DROP NOT NULL;

ALTER TABLE rewards
  ADD CONSTRAINT rewards_referral_with_event CHECK (source <> 'referral' OR (referral_id IS NOT NULL AND event_id IS NOT NULL));
-- A member's own rewards on hold, which no referral's workflow matures.
CREATE INDEX rewards_maturing_members ON rewards (program_id, member_id, matures_at) WHERE status = 'held' AND referral_id IS NULL;

-- Whatever is told of a member reaches the member's workflow through the queue, in the transaction that tells it: a writer of
-- the outbox cannot forget it. Programs whose policy has nothing for members cost one look at their row.
CREATE FUNCTION outbox_tell_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events (program_id, id, key, request_hash, type, payload, occurred_at, workflow_id)
  SELECT NEW.program_id, uuidv7(), 'told:' || member || ':' || NEW.key, encode(sha256(convert_to(NEW.key, 'UTF8')), 'hex'),
         'member.told', jsonb_build_object('message', NEW.key), now(), 'member-' || member
  FROM unnest(NEW.members) member
  WHERE EXISTS (SELECT 1 FROM programs WHERE id = NEW.program_id AND engages)
  ON CONFLICT (program_id, key) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_tell_members AFTER INSERT ON outbox FOR EACH ROW WHEN (cardinality(NEW.members) > 0)
  EXECUTE FUNCTION outbox_tell_members();
