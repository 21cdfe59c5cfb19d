-- CreateTable
CREATE TABLE "billing_promotions" (
    "program_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "promotion_code_id" TEXT NOT NULL,
    "coupon" TEXT NOT NULL,
    "first_order" BOOLEAN NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "billing_promotions_pkey" PRIMARY KEY ("program_id","member_id")
);

-- AddForeignKey
ALTER TABLE "billing_promotions" ADD CONSTRAINT "billing_promotions_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE ON billing_promotions TO referral_app;
