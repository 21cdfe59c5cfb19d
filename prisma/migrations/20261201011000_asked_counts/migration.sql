-- Conditions on a referrer's count go by the actions' own times: by which count an action's answers are,
-- until when answers go by a member's count, and from when on they are to be asked again.
ALTER TABLE "members" ADD COLUMN     "asked_until" TIMESTAMPTZ(3),
ADD COLUMN     "recount_from" TIMESTAMPTZ(3);

CREATE TABLE "asked_counts" (
    "program_id" UUID NOT NULL,
    "referral_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "others" INTEGER,
    "own" BOOLEAN,
    "place" INTEGER,
    "ordinal" INTEGER,

    CONSTRAINT "asked_counts_pkey" PRIMARY KEY ("program_id","referral_id","event_id")
);

ALTER TABLE "asked_counts" ADD CONSTRAINT "asked_counts_program_id_referral_id_fkey" FOREIGN KEY ("program_id", "referral_id") REFERENCES "referrals"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- How many of a referrer's referrals qualified after an action.
CREATE INDEX "referrals_program_id_referrer_id_qualified_at_idx" ON "referrals"("program_id", "referrer_id", "qualified_at");

GRANT SELECT, INSERT, UPDATE, DELETE ON asked_counts TO referral_app;
