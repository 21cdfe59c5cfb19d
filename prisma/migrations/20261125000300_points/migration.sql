-- CreateTable
CREATE TABLE "member_actions" (
    "program_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "value_minor" BIGINT,
    "unit" TEXT,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "refunded_at" TIMESTAMPTZ(3),
    "outcome" JSONB NOT NULL,
    "counted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_actions_pkey" PRIMARY KEY ("program_id","event_id")
);

-- CreateTable
CREATE TABLE "point_postings" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "member_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "event_id" UUID,
    "rule_id" TEXT,
    "policy_version" INTEGER,
    "unit" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "reversed_minor" BIGINT NOT NULL DEFAULT 0,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "trace" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "point_postings_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "member_points" (
    "program_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "unit" TEXT NOT NULL,
    "lifetime_minor" BIGINT NOT NULL DEFAULT 0,
    "level_id" TEXT,
    "level_changes" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_points_pkey" PRIMARY KEY ("program_id","member_id","unit")
);

-- CreateTable
CREATE TABLE "level_changes" (
    "program_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "unit" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "from_level" TEXT,
    "to_level" TEXT,
    "lifetime_minor" BIGINT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "level_changes_pkey" PRIMARY KEY ("program_id","member_id","unit","number")
);

-- CreateTable
CREATE TABLE "achievement_awards" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "achievement" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "event_id" UUID NOT NULL,
    "sole" BOOLEAN NOT NULL,
    "status" TEXT NOT NULL,
    "code" TEXT,
    "reward_id" UUID,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "reached_at" TIMESTAMPTZ(3) NOT NULL,
    "time_zone" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "achievement_awards_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateIndex
CREATE INDEX "member_actions_program_id_member_id_type_occurred_at_idx" ON "member_actions"("program_id", "member_id", "type", "occurred_at");

-- CreateIndex
CREATE INDEX "point_postings_program_id_member_id_created_at_id_idx" ON "point_postings"("program_id", "member_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "point_postings_program_id_member_id_rule_id_occurred_at_idx" ON "point_postings"("program_id", "member_id", "rule_id", "occurred_at");

-- CreateIndex
CREATE INDEX "point_postings_program_id_event_id_idx" ON "point_postings"("program_id", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "point_postings_program_id_key_key" ON "point_postings"("program_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "achievement_awards_program_id_member_id_achievement_number_key" ON "achievement_awards"("program_id", "member_id", "achievement", "number");

-- AddForeignKey
ALTER TABLE "member_actions" ADD CONSTRAINT "member_actions_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "point_postings" ADD CONSTRAINT "point_postings_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_points" ADD CONSTRAINT "member_points_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "level_changes" ADD CONSTRAINT "level_changes_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "achievement_awards" ADD CONSTRAINT "achievement_awards_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE member_actions
  ADD CONSTRAINT member_actions_value_with_unit CHECK ((value_minor IS NULL) = (unit IS NULL)),
  ADD CONSTRAINT member_actions_refund_within CHECK (refunded_minor BETWEEN 0 AND coalesce(value_minor, 0));
ALTER TABLE point_postings
  ADD CONSTRAINT point_postings_source CHECK (source IN ('rule', 'achievement', 'operator', 'reversal')),
  ADD CONSTRAINT point_postings_moves CHECK (amount_minor <> 0),
  ADD CONSTRAINT point_postings_reversal_within CHECK (reversed_minor BETWEEN 0 AND greatest(amount_minor, 0));
ALTER TABLE member_points ADD CONSTRAINT member_points_lifetime CHECK (lifetime_minor >= 0);
ALTER TABLE level_changes ADD CONSTRAINT level_changes_changes CHECK (from_level IS DISTINCT FROM to_level);
ALTER TABLE achievement_awards
  ADD CONSTRAINT achievement_awards_status CHECK (status IN ('earned', 'granted', 'refused', 'reversed')),
  ADD CONSTRAINT achievement_awards_span CHECK (from_at <= reached_at);
-- What only one member of a program can have.
CREATE UNIQUE INDEX achievement_awards_sole ON achievement_awards (program_id, achievement) WHERE sole AND status <> 'reversed';
-- Awards whose benefit is still to be granted.
CREATE INDEX achievement_awards_earned ON achievement_awards (program_id, member_id) WHERE status = 'earned';

-- Whether the policy in force has a point rule or an achievement on events of a type.
CREATE FUNCTION points_answer(p_program uuid, p_type text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT body->'points'->'rules' @> jsonb_build_array(jsonb_build_object('event', p_type))
        OR body->'points'->'achievements' @> jsonb_build_array(jsonb_build_object('test', jsonb_build_object('event', p_type)))
    FROM policy_versions WHERE program_id = p_program ORDER BY version DESC LIMIT 1), false)
$$;

-- Whether events of a type can mean something to a referral under the policy in force.
CREATE FUNCTION referrals_answer(p_program uuid, p_type text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT body->'qualification'->>'event' = p_type
        OR body->'rules' @> jsonb_build_array(jsonb_build_object('trigger', jsonb_build_object('event', p_type)))
    FROM policy_versions WHERE program_id = p_program ORDER BY version DESC LIMIT 1), false)
$$;

-- What was decided is on record for good: rows are added, and of a row only what later events may change.
GRANT SELECT, INSERT, UPDATE ON member_actions, point_postings, member_points, achievement_awards TO referral_app;
GRANT SELECT, INSERT ON level_changes TO referral_app;
