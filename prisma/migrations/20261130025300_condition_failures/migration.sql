-- How often the condition of a rule could not be evaluated, by version of the policy: one row for each rule of
-- a version that ever failed.
CREATE TABLE "condition_failures" (
    "program_id" UUID NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "part" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL,
    "failures" BIGINT NOT NULL,
    "last_event_id" UUID NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "condition_failures_pkey" PRIMARY KEY ("program_id","policy_version","part","rule_id")
);

ALTER TABLE "condition_failures" ADD CONSTRAINT "condition_failures_program_id_policy_version_fkey" FOREIGN KEY ("program_id", "policy_version") REFERENCES "policy_versions"("program_id", "version") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE condition_failures ADD CHECK (part IN ('qualification', 'rules', 'points'));
ALTER TABLE condition_failures ADD CHECK (failures > 0);

GRANT SELECT, INSERT, UPDATE ON condition_failures TO referral_app;
