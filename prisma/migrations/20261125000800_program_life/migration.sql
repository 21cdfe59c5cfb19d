-- AlterEnum
-- Nothing in this migration uses the value: a transaction may not use what it adds to an enum.
ALTER TYPE "board_metric" ADD VALUE 'points';

-- AlterTable
ALTER TABLE "programs" ADD COLUMN     "ends_at" TIMESTAMPTZ(3),
ADD COLUMN     "starts_at" TIMESTAMPTZ(3),
ADD COLUMN     "status_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "status_by" TEXT;

-- AlterTable
ALTER TABLE "boards" ADD COLUMN     "backfill_at" TIMESTAMPTZ(3),
ADD COLUMN     "backfill_cursor" UUID,
ADD COLUMN     "backfilled_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "budget_alerts" (
    "program_id" UUID NOT NULL,
    "unit" TEXT NOT NULL,
    "cap_minor" BIGINT NOT NULL,
    "warned_at" TIMESTAMPTZ(3),
    "exhausted_at" TIMESTAMPTZ(3),

    CONSTRAINT "budget_alerts_pkey" PRIMARY KEY ("program_id","unit","cap_minor")
);

-- AddForeignKey
ALTER TABLE "budget_alerts" ADD CONSTRAINT "budget_alerts_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say: value checks, the rule of time, rights.

ALTER TABLE programs ADD CONSTRAINT programs_in_order CHECK (starts_at < ends_at);

-- What has a time and did not have it yet; nearly every program is in neither.
CREATE INDEX programs_starting ON programs (starts_at) WHERE status = 'draft';
CREATE INDEX programs_ending ON programs (ends_at) WHERE status <> 'ended';

-- The status that a program has at a moment: times that have come count before anybody has written it down.
-- The same as statusAt of domain/program.ts.
CREATE FUNCTION program_status_at(p_status program_status, p_starts_at timestamptz, p_ends_at timestamptz, p_at timestamptz)
RETURNS program_status LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_status = 'ended' OR p_ends_at <= p_at THEN 'ended'
    WHEN p_status = 'draft' AND p_starts_at <= p_at THEN 'live'
    ELSE p_status END
$$;

-- An end is for good, and what has begun is no draft any more.
CREATE FUNCTION program_keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status AND (OLD.status = 'ended' OR NEW.status = 'draft') THEN
    RAISE EXCEPTION 'program % is %: it cannot become %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER programs_keep_order BEFORE UPDATE OF status ON programs FOR EACH ROW EXECUTE FUNCTION program_keep_order();

-- Since when what is decided counts on a board, in milliseconds: since its creation, or from the beginning once its past is asked for.
CREATE FUNCTION board_since_ms(p_board boards) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_board.backfill_at IS NULL THEN floor(extract(epoch FROM p_board.created_at) * 1000)::bigint ELSE 0 END
$$;

ALTER TABLE boards ADD CONSTRAINT boards_backfill_steps CHECK (backfilled_at IS NULL OR backfill_at IS NOT NULL);

GRANT SELECT, INSERT, UPDATE ON budget_alerts TO referral_app;
