-- CreateEnum
CREATE TYPE "program_mode" AS ENUM ('live', 'test');

-- Programs of before are live.
ALTER TABLE "programs"
  ADD COLUMN "mode" "program_mode" NOT NULL DEFAULT 'live',
  ADD COLUMN "live_program_id" UUID,
  ADD CONSTRAINT "programs_test_of_live" CHECK (("mode" = 'test') = ("live_program_id" IS NOT NULL));

-- The test mode of a program goes by the same slug.
DROP INDEX "programs_slug_key";
CREATE UNIQUE INDEX "programs_slug_mode_key" ON "programs"("slug", "mode");
CREATE UNIQUE INDEX "programs_live_program_id_key" ON "programs"("live_program_id");

-- AddForeignKey
ALTER TABLE "programs" ADD CONSTRAINT "programs_live_program_id_fkey"
  FOREIGN KEY ("live_program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Trigger programs_keep_mode, before each insert into programs, and each update of its mode or live program:
-- both are set once, and a test program is the test mode of a live one.
--
-- Raises: restrict_violation, when that would not hold.
CREATE OR REPLACE FUNCTION program_keep_mode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (NEW.mode, NEW.live_program_id) IS DISTINCT FROM (OLD.mode, OLD.live_program_id) THEN
    RAISE EXCEPTION 'program % keeps its mode', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT FROM programs WHERE id = NEW.live_program_id AND mode <> 'live') THEN
    RAISE EXCEPTION 'program % is itself a test program', NEW.live_program_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER programs_keep_mode BEFORE INSERT OR UPDATE OF mode, live_program_id ON programs
  FOR EACH ROW EXECUTE FUNCTION program_keep_mode();
