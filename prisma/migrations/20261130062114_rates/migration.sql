-- What one unit is worth in another, by date, and which of these rates an event's decision fixed for its value.
-- A rate serves both ways, so the two units of a time are one row, whichever comes first.
-- CreateTable
CREATE TABLE "rates" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "from_unit" TEXT NOT NULL,
    "to_unit" TEXT NOT NULL,
    "rate" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rates_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "event_rates" (
    "program_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "unit" TEXT NOT NULL,
    "rate_id" UUID NOT NULL,
    "numerator" DECIMAL(40,0) NOT NULL,
    "denominator" DECIMAL(40,0) NOT NULL,

    CONSTRAINT "event_rates_pkey" PRIMARY KEY ("program_id","event_id","unit")
);

-- CreateIndex
CREATE INDEX "rates_program_id_created_at_id_idx" ON "rates"("program_id", "created_at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "rates" ADD CONSTRAINT "rates_program_id_fkey" FOREIGN KEY ("program_id")
  REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event_rates" ADD CONSTRAINT "event_rates_program_id_event_id_fkey" FOREIGN KEY ("program_id", "event_id")
  REFERENCES "events"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event_rates" ADD CONSTRAINT "event_rates_program_id_rate_id_fkey" FOREIGN KEY ("program_id", "rate_id")
  REFERENCES "rates"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "rates"
  ADD CONSTRAINT "rates_units" CHECK (from_unit <> to_unit),
  ADD CONSTRAINT "rates_rate" CHECK (rate ~ '^[0-9]{1,9}(\.[0-9]{1,12})?$' AND rate::numeric > 0);
CREATE UNIQUE INDEX "rates_pair"
  ON "rates"("program_id", least("from_unit", "to_unit"), greatest("from_unit", "to_unit"), "valid_from");
ALTER TABLE "event_rates" ADD CONSTRAINT "event_rates_fraction" CHECK (numerator > 0 AND denominator > 0);

-- What was decided by a rate stays decided by it.
CREATE TRIGGER rates_append_only BEFORE UPDATE OR DELETE ON rates
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rates_no_truncate BEFORE TRUNCATE ON rates
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_rates_append_only BEFORE UPDATE OR DELETE ON event_rates
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_rates_no_truncate BEFORE TRUNCATE ON event_rates
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON rates, event_rates TO referral_app;

-- Minor units of another unit by the fraction that an event's decision fixed: the nearest whole one, the
-- upper of two that are as near. `convert` of domain/rates/convert.ts is the same; a test compares them.
--
-- $1: minor units, 0 or more. $2 and $3: the fraction's numerator and denominator, whole numbers above 0.
CREATE OR REPLACE FUNCTION converted_minor(minor bigint, numerator numeric, denominator numeric)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT div(2 * minor * numerator + denominator, 2 * denominator)::bigint
$$;
