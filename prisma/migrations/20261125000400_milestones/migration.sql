-- CreateEnum
CREATE TYPE "milestone_status" AS ENUM ('waiting', 'awarded', 'reversed');

-- CreateTable
CREATE TABLE "milestone_awards" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "milestone_id" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "nth" INTEGER NOT NULL DEFAULT 1,
    "at" BIGINT NOT NULL,
    "unit" TEXT,
    "value" BIGINT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "status" "milestone_status" NOT NULL,
    "reason" TEXT,
    "reward_id" UUID,
    "trace" JSONB NOT NULL,
    "reached_at" TIMESTAMPTZ(3) NOT NULL,
    "awarded_at" TIMESTAMPTZ(3),
    "reversed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "milestone_awards_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateIndex
CREATE INDEX "milestone_awards_program_id_created_at_id_idx" ON "milestone_awards"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "milestone_awards_program_id_milestone_id_status_idx" ON "milestone_awards"("program_id", "milestone_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "milestone_awards_program_id_member_id_milestone_id_step_nth_key" ON "milestone_awards"("program_id", "member_id", "milestone_id", "step", "nth");

-- CreateIndex
CREATE UNIQUE INDEX "milestone_awards_program_id_reward_id_key" ON "milestone_awards"("program_id", "reward_id");

-- AddForeignKey
ALTER TABLE "milestone_awards" ADD CONSTRAINT "milestone_awards_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "milestone_awards" ADD CONSTRAINT "milestone_awards_program_id_reward_id_fkey" FOREIGN KEY ("program_id", "reward_id") REFERENCES "rewards"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say: value checks, partial indexes, what stays as it was decided, rights.

ALTER TABLE milestone_awards
  ADD CONSTRAINT milestone_awards_bounds CHECK (nth >= 1 AND at >= 1),
  ADD CONSTRAINT milestone_awards_rewarded CHECK (
    (status = 'awarded' AND reward_id IS NOT NULL AND awarded_at IS NOT NULL) OR (status = 'waiting' AND reward_id IS NULL) OR status = 'reversed'),
  ADD CONSTRAINT milestone_awards_reversed CHECK ((status = 'reversed') = (reversed_at IS NOT NULL));

-- What a sweep tries again, and the members whom it looks at for it.
CREATE INDEX milestone_awards_waiting ON milestone_awards (program_id, member_id) WHERE status = 'waiting';

-- What was decided stays: only what became of it moves, and what was taken back stays so.
CREATE FUNCTION milestone_awards_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.status = 'reversed' OR (OLD.reward_id IS NOT NULL AND NEW.reward_id IS DISTINCT FROM OLD.reward_id)
     OR (NEW.program_id, NEW.id, NEW.member_id, NEW.milestone_id, NEW.step, NEW.nth, NEW.at, NEW.value, NEW.policy_version, NEW.reached_at)
        IS DISTINCT FROM
        (OLD.program_id, OLD.id, OLD.member_id, OLD.milestone_id, OLD.step, OLD.nth, OLD.at, OLD.value, OLD.policy_version, OLD.reached_at) THEN
    RAISE EXCEPTION 'award % stays as it was decided', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER milestone_awards_keep BEFORE UPDATE OR DELETE ON milestone_awards FOR EACH ROW EXECUTE FUNCTION milestone_awards_keep();
CREATE TRIGGER milestone_awards_no_truncate BEFORE TRUNCATE ON milestone_awards FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT, UPDATE ON milestone_awards TO referral_app;
