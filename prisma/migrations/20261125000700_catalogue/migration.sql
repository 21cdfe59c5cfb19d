-- CreateEnum
CREATE TYPE "catalogue_kind" AS ENUM ('item', 'coupon', 'account_credit', 'cash_out');

-- CreateEnum
CREATE TYPE "attempt_result" AS ENUM ('paid', 'refused', 'pending', 'operator', 'unknown');

-- AlterTable
ALTER TABLE "redemptions" ADD COLUMN     "approval" JSONB,
ADD COLUMN     "batch_id" UUID,
ADD COLUMN     "fee_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "item_id" UUID,
ADD COLUMN     "stock_taken" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "value_minor" BIGINT,
ADD COLUMN     "value_unit" TEXT;

-- CreateTable
CREATE TABLE "catalogue_items" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" "catalogue_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "method" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "price_minor" BIGINT,
    "min_minor" BIGINT,
    "value_minor" BIGINT,
    "value_unit" TEXT,
    "fee_minor" BIGINT NOT NULL DEFAULT 0,
    "fee_bp" INTEGER NOT NULL DEFAULT 0,
    "stock" INTEGER,
    "min_level" INTEGER,
    "badge" TEXT,
    "starts_at" TIMESTAMPTZ(3),
    "ends_at" TIMESTAMPTZ(3),
    "member_limit" INTEGER,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "catalogue_items_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "coupon_codes" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "batch_id" UUID NOT NULL,
    "code_hash" TEXT NOT NULL,
    "sealed_code" TEXT NOT NULL,
    "redemption_id" UUID,
    "taken_at" TIMESTAMPTZ(3),
    "shown_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "coupon_codes_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "redemption_attempts" (
    "id" BIGSERIAL NOT NULL,
    "program_id" UUID NOT NULL,
    "redemption_id" UUID NOT NULL,
    "method" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "answered_at" TIMESTAMPTZ(3),
    "result" "attempt_result",
    "reason" TEXT,
    "provider_ref" TEXT,

    CONSTRAINT "redemption_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payout_batches" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "lines" INTEGER NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "exported_at" TIMESTAMPTZ(3),
    "imported_at" TIMESTAMPTZ(3),

    CONSTRAINT "payout_batches_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "payout_endpoints" (
    "program_id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payout_endpoints_pkey" PRIMARY KEY ("program_id")
);

-- CreateIndex
CREATE INDEX "catalogue_items_program_id_created_at_id_idx" ON "catalogue_items"("program_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "coupon_codes_program_id_code_hash_key" ON "coupon_codes"("program_id", "code_hash");

-- CreateIndex
CREATE UNIQUE INDEX "coupon_codes_program_id_redemption_id_key" ON "coupon_codes"("program_id", "redemption_id");

-- CreateIndex
CREATE INDEX "redemption_attempts_program_id_redemption_id_id_idx" ON "redemption_attempts"("program_id", "redemption_id", "id");

-- CreateIndex
CREATE INDEX "payout_batches_program_id_created_at_id_idx" ON "payout_batches"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "redemptions_program_id_item_id_member_id_idx" ON "redemptions"("program_id", "item_id", "member_id");

-- CreateIndex
CREATE INDEX "redemptions_program_id_batch_id_id_idx" ON "redemptions"("program_id", "batch_id", "id");

-- AddForeignKey
ALTER TABLE "redemptions" ADD CONSTRAINT "redemptions_program_id_item_id_fkey" FOREIGN KEY ("program_id", "item_id") REFERENCES "catalogue_items"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "redemptions" ADD CONSTRAINT "redemptions_program_id_batch_id_fkey" FOREIGN KEY ("program_id", "batch_id") REFERENCES "payout_batches"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalogue_items" ADD CONSTRAINT "catalogue_items_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "coupon_codes" ADD CONSTRAINT "coupon_codes_program_id_item_id_fkey" FOREIGN KEY ("program_id", "item_id") REFERENCES "catalogue_items"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "coupon_codes" ADD CONSTRAINT "coupon_codes_program_id_redemption_id_fkey" FOREIGN KEY ("program_id", "redemption_id") REFERENCES "redemptions"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "redemption_attempts" ADD CONSTRAINT "redemption_attempts_program_id_redemption_id_fkey" FOREIGN KEY ("program_id", "redemption_id") REFERENCES "redemptions"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payout_batches" ADD CONSTRAINT "payout_batches_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payout_endpoints" ADD CONSTRAINT "payout_endpoints_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

ALTER TABLE catalogue_items
  -- Either a price, or an amount that the member names; what has a unit of stock or a code has a price.
  ADD CONSTRAINT catalogue_items_price CHECK ((price_minor IS NULL) <> (min_minor IS NULL) AND price_minor > 0 IS NOT FALSE AND min_minor > 0 IS NOT FALSE),
  ADD CONSTRAINT catalogue_items_free_amount CHECK (price_minor IS NOT NULL OR kind IN ('account_credit', 'cash_out')),
  ADD CONSTRAINT catalogue_items_value CHECK ((value_minor IS NULL) = (value_unit IS NULL)
    AND (value_minor IS NULL OR (value_minor > 0 AND price_minor IS NOT NULL AND fee_minor = 0 AND fee_bp = 0 AND kind IN ('account_credit', 'cash_out')))),
  ADD CONSTRAINT catalogue_items_fee CHECK (fee_minor >= 0 AND fee_bp BETWEEN 0 AND 9999 AND (kind = 'cash_out' OR (fee_minor = 0 AND fee_bp = 0))),
  ADD CONSTRAINT catalogue_items_stock CHECK (stock >= 0 AND (stock IS NULL OR kind <> 'coupon')),
  ADD CONSTRAINT catalogue_items_dates CHECK (starts_at < ends_at),
  ADD CONSTRAINT catalogue_items_limits CHECK (member_limit > 0 AND min_level > 0);

ALTER TABLE redemptions
  ADD CONSTRAINT redemptions_fee CHECK (fee_minor >= 0 AND fee_minor < amount_minor),
  ADD CONSTRAINT redemptions_value CHECK ((value_minor IS NULL) = (value_unit IS NULL) AND value_minor > 0 IS NOT FALSE);

ALTER TABLE coupon_codes
  ADD CONSTRAINT coupon_codes_taken CHECK ((redemption_id IS NULL) = (taken_at IS NULL)),
  ADD CONSTRAINT coupon_codes_shown CHECK (shown_at IS NULL OR redemption_id IS NOT NULL);
-- What is left of a pool.
CREATE INDEX coupon_codes_free ON coupon_codes (program_id, item_id, id) WHERE redemption_id IS NULL;

ALTER TABLE redemption_attempts ADD CONSTRAINT redemption_attempts_answered CHECK ((answered_at IS NULL) = (result IS NULL));
ALTER TABLE payout_batches ADD CONSTRAINT payout_batches_lines CHECK (lines > 0);

-- What waits to be paid by hand and lies in no batch yet.
CREATE INDEX redemptions_by_hand ON redemptions (program_id, unit, created_at, id)
  WHERE status = 'needs_operator' AND method = 'manual' AND batch_id IS NULL;

-- A code that a member has seen stays with that redemption, whatever is tried.
CREATE FUNCTION coupon_keep_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.shown_at IS NOT NULL AND NEW.redemption_id IS DISTINCT FROM OLD.redemption_id THEN
    RAISE EXCEPTION 'coupon % was shown', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER coupon_codes_keep_shown BEFORE UPDATE ON coupon_codes FOR EACH ROW EXECUTE FUNCTION coupon_keep_shown();

GRANT SELECT, INSERT, UPDATE ON catalogue_items, coupon_codes, redemption_attempts, payout_batches TO referral_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON payout_endpoints TO referral_app;
GRANT USAGE ON SEQUENCE redemption_attempts_id_seq TO referral_app;
