-- CreateEnum
CREATE TYPE "billing_provider" AS ENUM ('stripe', 'http');

-- CreateEnum
CREATE TYPE "billing_result" AS ENUM ('recorded', 'noted', 'ignored');

-- CreateTable
CREATE TABLE "billing_sources" (
    "program_id" UUID NOT NULL,
    "provider" "billing_provider" NOT NULL,
    "settings" JSONB NOT NULL,
    "sealed_secrets" TEXT[],
    "sealed_api_key" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "billing_sources_pkey" PRIMARY KEY ("program_id","provider")
);

-- CreateTable
CREATE TABLE "billing_customers" (
    "program_id" UUID NOT NULL,
    "provider" "billing_provider" NOT NULL,
    "customer_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "certain" BOOLEAN NOT NULL,

    CONSTRAINT "billing_customers_pkey" PRIMARY KEY ("program_id","provider","customer_id")
);

-- CreateTable
CREATE TABLE "billing_payments" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider" "billing_provider" NOT NULL,
    "event_key" TEXT,
    "subject" TEXT,
    "unit" TEXT,
    "gross_minor" BIGINT,
    "value_minor" BIGINT,

    CONSTRAINT "billing_payments_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "billing_objects" (
    "program_id" UUID NOT NULL,
    "provider" "billing_provider" NOT NULL,
    "object_id" TEXT NOT NULL,
    "payment_id" UUID NOT NULL,

    CONSTRAINT "billing_objects_pkey" PRIMARY KEY ("program_id","provider","object_id")
);

-- CreateTable
CREATE TABLE "billing_refunds" (
    "program_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "payment_id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "unit" TEXT NOT NULL,
    "gross_minor" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "taken_minor" BIGINT,

    CONSTRAINT "billing_refunds_pkey" PRIMARY KEY ("program_id","key")
);

-- CreateTable
CREATE TABLE "billing_deliveries" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider" "billing_provider" NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "result" "billing_result" NOT NULL,
    "reason" TEXT,
    "event_keys" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "billing_deliveries_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "billing_payments_program_id_event_key_key" ON "billing_payments"("program_id", "event_key");

-- CreateIndex
CREATE INDEX "billing_objects_program_id_payment_id_idx" ON "billing_objects"("program_id", "payment_id");

-- CreateIndex
CREATE INDEX "billing_refunds_program_id_payment_id_idx" ON "billing_refunds"("program_id", "payment_id");

-- CreateIndex
CREATE INDEX "billing_deliveries_program_id_created_at_id_idx" ON "billing_deliveries"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "billing_deliveries_created_at_idx" ON "billing_deliveries"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "billing_deliveries_program_id_provider_delivery_id_key" ON "billing_deliveries"("program_id", "provider", "delivery_id");

-- AddForeignKey
ALTER TABLE "billing_sources" ADD CONSTRAINT "billing_sources_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "billing_customers" ADD CONSTRAINT "billing_customers_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "billing_payments" ADD CONSTRAINT "billing_payments_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "billing_objects" ADD CONSTRAINT "billing_objects_program_id_payment_id_fkey" FOREIGN KEY ("program_id", "payment_id") REFERENCES "billing_payments"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "billing_refunds" ADD CONSTRAINT "billing_refunds_program_id_payment_id_fkey" FOREIGN KEY ("program_id", "payment_id") REFERENCES "billing_payments"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "billing_deliveries" ADD CONSTRAINT "billing_deliveries_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A purchase is there whole or not at all, and takes no more than was paid.
ALTER TABLE billing_payments
  ADD CONSTRAINT billing_payments_purchase CHECK (
    num_nulls(event_key, subject, unit, gross_minor, value_minor) IN (0, 5)),
  ADD CONSTRAINT billing_payments_value CHECK (
    gross_minor IS NULL OR (gross_minor > 0 AND value_minor BETWEEN 0 AND gross_minor));
ALTER TABLE billing_refunds
  ADD CONSTRAINT billing_refunds_gross CHECK (gross_minor > 0),
  ADD CONSTRAINT billing_refunds_taken CHECK (taken_minor >= 0);
ALTER TABLE billing_sources
  ADD CONSTRAINT billing_sources_secrets CHECK (cardinality(sealed_secrets) BETWEEN 1 AND 2);
ALTER TABLE billing_deliveries
  ADD CONSTRAINT billing_deliveries_events CHECK ((result = 'recorded') = (cardinality(event_keys) > 0)),
  ADD CONSTRAINT billing_deliveries_reason CHECK ((result = 'ignored') = (reason IS NOT NULL));

GRANT SELECT, INSERT, UPDATE, DELETE ON billing_sources TO referral_app;
GRANT SELECT, INSERT, UPDATE ON billing_customers, billing_refunds, billing_objects TO referral_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing_payments, billing_deliveries TO referral_app;
GRANT USAGE ON SEQUENCE billing_refunds_seq_seq TO referral_app;
