-- CreateEnum
CREATE TYPE "notice_category" AS ENUM ('service', 'engagement');

-- CreateEnum
CREATE TYPE "email_state" AS ENUM ('pending', 'sending', 'sent', 'in_doubt', 'suppressed', 'failed', 'given_up');

-- CreateTable
CREATE TABLE "notices" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "params" JSONB NOT NULL,
    "locale" TEXT NOT NULL,
    "in_inbox" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "notices_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "notice_emails" (
    "program_id" UUID NOT NULL,
    "notice_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "category" "notice_category" NOT NULL,
    "state" "email_state" NOT NULL DEFAULT 'pending',
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "claimed_at" TIMESTAMPTZ(3),
    "begun_at" TIMESTAMPTZ(3),
    "sent_at" TIMESTAMPTZ(3),
    "message_id" TEXT,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_emails_pkey" PRIMARY KEY ("program_id","notice_id")
);

-- CreateTable
CREATE TABLE "notice_preferences" (
    "program_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "category" "notice_category" NOT NULL,
    "email" BOOLEAN NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_preferences_pkey" PRIMARY KEY ("program_id","member_id","category")
);

-- CreateIndex
CREATE INDEX "notices_program_id_member_id_created_at_id_idx" ON "notices"("program_id", "member_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "notices_program_id_member_id_key_key" ON "notices"("program_id", "member_id", "key");

-- CreateIndex
CREATE INDEX "notice_emails_program_id_created_at_notice_id_idx" ON "notice_emails"("program_id", "created_at", "notice_id");

-- CreateIndex
CREATE INDEX "notice_emails_program_id_member_id_claimed_at_idx" ON "notice_emails"("program_id", "member_id", "claimed_at");

-- AddForeignKey
ALTER TABLE "notices" ADD CONSTRAINT "notices_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice_emails" ADD CONSTRAINT "notice_emails_program_id_notice_id_fkey" FOREIGN KEY ("program_id", "notice_id") REFERENCES "notices"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice_preferences" ADD CONSTRAINT "notice_preferences_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say: value checks, what never changes again, the queue's indexes, rights.

ALTER TABLE notice_emails
  ADD CONSTRAINT notice_emails_sent CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  ADD CONSTRAINT notice_emails_claimed CHECK (state <> 'sending' OR claimed_at IS NOT NULL),
  -- Nothing is in doubt, or sent, that was not begun.
  ADD CONSTRAINT notice_emails_begun CHECK (state NOT IN ('sent', 'in_doubt') OR begun_at IS NOT NULL),
  ADD CONSTRAINT notice_emails_reason CHECK (state NOT IN ('suppressed', 'failed', 'given_up') OR reason IS NOT NULL);

CREATE INDEX notices_unread ON notices (program_id, member_id) WHERE in_inbox AND read_at IS NULL;
CREATE INDEX notice_emails_due ON notice_emails (due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX notice_emails_in_doubt ON notice_emails (program_id, created_at, notice_id) WHERE state = 'in_doubt';

-- What a member was told stays as it was told; it can only be read.
CREATE FUNCTION notices_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'read_at' IS DISTINCT FROM to_jsonb(OLD) - 'read_at' THEN
    RAISE EXCEPTION 'notice % is told', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notices_keep BEFORE UPDATE ON notices FOR EACH ROW EXECUTE FUNCTION notices_keep();

-- An e-mail that was sent is never queued again, and one that somebody has begun to hand over is not begun a second time.
CREATE FUNCTION notice_emails_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'sent' THEN
    RAISE EXCEPTION 'the e-mail of notice % is sent', OLD.notice_id USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.begun_at IS NOT NULL AND NEW.begun_at IS NOT NULL AND NEW.begun_at <> OLD.begun_at THEN
    RAISE EXCEPTION 'the e-mail of notice % is begun', OLD.notice_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notice_emails_once BEFORE UPDATE ON notice_emails FOR EACH ROW EXECUTE FUNCTION notice_emails_once();

GRANT SELECT, INSERT, UPDATE ON notices, notice_emails, notice_preferences TO referral_app;
