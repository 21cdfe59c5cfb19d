-- Referrals are decided without their workflows, which are told what became of them: how often a referral
-- changed, whether a workflow waits for it, and when that is to be told. What is there already has one.
ALTER TABLE "referrals" ADD COLUMN     "is_told" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "tell_at" TIMESTAMPTZ(3),
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 0;

-- Those whose workflows are to be told, the longest waiting first: few of many.
CREATE INDEX "referrals_untold_idx" ON "referrals"("tell_at") WHERE "tell_at" IS NOT NULL;
