-- By which a code is found however it is written. Codes of before get theirs with the next upload that asks for
-- it, since only the deployment's secret opens them.
ALTER TABLE "coupon_codes" ADD COLUMN "folded_hash" TEXT;

-- CreateIndex
CREATE INDEX "coupon_codes_program_id_folded_hash_idx" ON "coupon_codes"("program_id", "folded_hash");
