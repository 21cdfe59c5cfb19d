-- Badges as Open Badges 3.0: achievements, the keys that sign, what members allow, and the signed credentials.

-- CreateEnum
CREATE TYPE "badge_identity" AS ENUM ('account', 'email');

-- AlterTable
ALTER TABLE "rewards" ADD COLUMN     "badge_issued" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "achievements" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "label" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "criteria" TEXT NOT NULL,
    "image" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "achievements_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "badge_issuer_keys" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "public_key_multibase" TEXT NOT NULL,
    "sealed_secret" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "badge_issuer_keys_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "badge_recipients" (
    "program_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "display_name" TEXT,
    "identity" "badge_identity" NOT NULL DEFAULT 'account',
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "badge_recipients_pkey" PRIMARY KEY ("program_id","member_id")
);

-- CreateTable
CREATE TABLE "badge_credentials" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "reward_id" UUID NOT NULL,
    "achievement_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "status_index" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "badge_credentials_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "achievements_id_key" ON "achievements"("id");

-- CreateIndex
CREATE INDEX "achievements_program_id_created_at_id_idx" ON "achievements"("program_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "achievements_program_id_label_key" ON "achievements"("program_id", "label");

-- CreateIndex
CREATE UNIQUE INDEX "badge_issuer_keys_program_id_public_key_multibase_key" ON "badge_issuer_keys"("program_id", "public_key_multibase");

-- CreateIndex
CREATE UNIQUE INDEX "badge_credentials_id_key" ON "badge_credentials"("id");

-- CreateIndex
CREATE INDEX "badge_credentials_program_id_created_at_id_idx" ON "badge_credentials"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "badge_credentials_program_id_member_id_idx" ON "badge_credentials"("program_id", "member_id");

-- CreateIndex
CREATE UNIQUE INDEX "badge_credentials_program_id_reward_id_key" ON "badge_credentials"("program_id", "reward_id");

-- CreateIndex
CREATE UNIQUE INDEX "badge_credentials_program_id_status_index_key" ON "badge_credentials"("program_id", "status_index");

-- AddForeignKey
ALTER TABLE "achievements" ADD CONSTRAINT "achievements_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "badge_issuer_keys" ADD CONSTRAINT "badge_issuer_keys_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "badge_recipients" ADD CONSTRAINT "badge_recipients_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "badge_credentials" ADD CONSTRAINT "badge_credentials_program_id_reward_id_fkey" FOREIGN KEY ("program_id", "reward_id") REFERENCES "rewards"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "badge_credentials" ADD CONSTRAINT "badge_credentials_program_id_achievement_id_fkey" FOREIGN KEY ("program_id", "achievement_id") REFERENCES "achievements"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "badge_credentials" ADD CONSTRAINT "badge_credentials_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

GRANT SELECT, INSERT, UPDATE ON achievements, badge_issuer_keys, badge_recipients TO referral_app;
GRANT SELECT, INSERT ON badge_credentials TO referral_app;

-- One key at work in a program; one that retired has no secret half any more, and none comes back.
CREATE UNIQUE INDEX badge_issuer_keys_at_work ON badge_issuer_keys (program_id) WHERE retired_at IS NULL;
ALTER TABLE badge_issuer_keys
  ADD CONSTRAINT badge_issuer_keys_retired_without_secret CHECK ((retired_at IS NULL) = (sealed_secret IS NOT NULL));

-- What was signed is never changed.
ALTER TABLE badge_credentials ADD CONSTRAINT badge_credentials_index_not_negative CHECK (status_index >= 0);
CREATE TRIGGER badge_credentials_append_only BEFORE UPDATE OR DELETE ON badge_credentials FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER badge_credentials_no_truncate BEFORE TRUNCATE ON badge_credentials FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Badges whose credential has not been signed: few, or without an achievement.
CREATE INDEX rewards_badges_due ON rewards (program_id, id) WHERE kind = 'badge' AND status = 'available' AND NOT badge_issued;
-- Badges that were taken back, for the status lists.
CREATE INDEX rewards_badges_reversed ON rewards (program_id, id) WHERE kind = 'badge' AND status = 'reversed';
