-- CreateEnum
CREATE TYPE "survey_status" AS ENUM ('scheduled', 'asked', 'reminded', 'answered', 'closed', 'lapsed', 'cancelled');

-- CreateTable
CREATE TABLE "surveys" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "member_id" UUID NOT NULL,
    "rule_id" TEXT NOT NULL,
    "occasion" TEXT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "status" "survey_status" NOT NULL,
    "reason" TEXT,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "asked_at" TIMESTAMPTZ(3),
    "remind_at" TIMESTAMPTZ(3),
    "reminded_at" TIMESTAMPTZ(3),
    "closes_at" TIMESTAMPTZ(3),
    "turn_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "submissions" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "surveys_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "survey_answers" (
    "program_id" UUID NOT NULL,
    "survey_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "answers" JSONB NOT NULL,
    "score" SMALLINT,
    "comment" TEXT,
    "language" TEXT,
    "search" tsvector,
    "changes" INTEGER NOT NULL DEFAULT 0,
    "first_answered_at" TIMESTAMPTZ(3) NOT NULL,
    "answered_at" TIMESTAMPTZ(3) NOT NULL,
    "handled_at" TIMESTAMPTZ(3),
    "handled_by" TEXT,
    "handled_note" TEXT,

    CONSTRAINT "survey_answers_pkey" PRIMARY KEY ("program_id","survey_id")
);

-- CreateTable
CREATE TABLE "improvements" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "made_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "improvements_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "improvement_answers" (
    "program_id" UUID NOT NULL,
    "improvement_id" UUID NOT NULL,
    "survey_id" UUID NOT NULL,
    "linked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "improvement_answers_pkey" PRIMARY KEY ("program_id","improvement_id","survey_id")
);

-- CreateTable
CREATE TABLE "survey_marks" (
    "program_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "reached_at" TIMESTAMPTZ(3) NOT NULL,
    "member_id" UUID NOT NULL,

    CONSTRAINT "survey_marks_pkey" PRIMARY KEY ("program_id","name")
);

-- CreateIndex
CREATE UNIQUE INDEX "surveys_id_key" ON "surveys"("id");

-- CreateIndex
CREATE INDEX "surveys_program_id_member_id_created_at_idx" ON "surveys"("program_id", "member_id", "created_at");

-- CreateIndex
CREATE INDEX "surveys_program_id_created_at_id_idx" ON "surveys"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "surveys_program_id_asked_at_idx" ON "surveys"("program_id", "asked_at");

-- CreateIndex
CREATE UNIQUE INDEX "surveys_program_id_key_key" ON "surveys"("program_id", "key");

-- CreateIndex
CREATE INDEX "survey_answers_program_id_answered_at_survey_id_idx" ON "survey_answers"("program_id", "answered_at", "survey_id");

-- CreateIndex
CREATE INDEX "improvements_program_id_created_at_id_idx" ON "improvements"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "improvement_answers_program_id_survey_id_idx" ON "improvement_answers"("program_id", "survey_id");

-- AddForeignKey
ALTER TABLE "surveys" ADD CONSTRAINT "surveys_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "surveys" ADD CONSTRAINT "surveys_program_id_policy_version_fkey" FOREIGN KEY ("program_id", "policy_version") REFERENCES "policy_versions"("program_id", "version") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "survey_answers" ADD CONSTRAINT "survey_answers_program_id_survey_id_fkey" FOREIGN KEY ("program_id", "survey_id") REFERENCES "surveys"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "improvements" ADD CONSTRAINT "improvements_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "improvement_answers" ADD CONSTRAINT "improvement_answers_program_id_improvement_id_fkey" FOREIGN KEY ("program_id", "improvement_id") REFERENCES "improvements"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "improvement_answers" ADD CONSTRAINT "improvement_answers_program_id_survey_id_fkey" FOREIGN KEY ("program_id", "survey_id") REFERENCES "survey_answers"("program_id", "survey_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "survey_marks" ADD CONSTRAINT "survey_marks_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

GRANT SELECT, INSERT, UPDATE ON surveys, survey_answers, survey_marks TO referral_app;
GRANT SELECT, INSERT ON improvements, improvement_answers TO referral_app;

-- Whoever was asked was asked at some time and until some time, and what is over has no next turn.
ALTER TABLE surveys
  ADD CONSTRAINT surveys_asked CHECK (
    status IN ('scheduled', 'cancelled') OR (asked_at IS NOT NULL AND closes_at IS NOT NULL AND closes_at > asked_at)),
  ADD CONSTRAINT surveys_over CHECK ((status IN ('closed', 'lapsed', 'cancelled')) = (ended_at IS NOT NULL)),
  ADD CONSTRAINT surveys_turn CHECK ((ended_at IS NULL) = (turn_at IS NOT NULL));

ALTER TABLE survey_answers
  ADD CONSTRAINT survey_answers_score CHECK (score BETWEEN 0 AND 10),
  ADD CONSTRAINT survey_answers_language CHECK (language IN ('english', 'german', 'simple')),
  ADD CONSTRAINT survey_answers_comment CHECK (
    (comment IS NULL) = (language IS NULL) AND (comment IS NULL) = (search IS NULL)),
  ADD CONSTRAINT survey_answers_handled CHECK ((handled_at IS NULL) = (handled_by IS NULL));

-- Surveys whose turn has passed without their workflow acting.
CREATE INDEX surveys_overdue ON surveys (turn_at) WHERE turn_at IS NOT NULL;
CREATE INDEX survey_answers_search ON survey_answers USING gin (search) WHERE search IS NOT NULL;
-- What operators look at: answers of 6 or less.
CREATE INDEX survey_answers_detractors ON survey_answers (program_id, answered_at, survey_id) WHERE score <= 6;

-- Answers that wait to be recorded: a survey is not closed over them.
CREATE INDEX events_survey_answers ON events (program_id, workflow_id)
  WHERE type = 'survey.answered' AND state IN ('pending', 'waiting', 'delivered');

-- What the search for moments reads, in the order of time.
CREATE INDEX members_joined ON members (program_id, coalesce(signed_up_at, created_at), id);
CREATE INDEX redemptions_settled ON redemptions (program_id, updated_at, member_id) WHERE status = 'settled';
