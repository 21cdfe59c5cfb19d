-- The host may call a member otherwise than when they became known. What events are about stays as it was,
-- and every id that the member ever had leads to them.
ALTER TABLE "members" ADD COLUMN "host_id" TEXT;

CREATE TABLE "member_aliases" (
    "program_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "member_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_aliases_pkey" PRIMARY KEY ("program_id", "external_id")
);
CREATE INDEX "member_aliases_program_id_member_id_idx" ON "member_aliases"("program_id", "member_id");
ALTER TABLE "member_aliases" ADD CONSTRAINT "member_aliases_program_id_member_id_fkey"
  FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id")
  ON DELETE RESTRICT ON UPDATE CASCADE;
GRANT SELECT, INSERT ON member_aliases TO referral_app;

-- Keeps an external id from meaning two members: one who is made may not have an id that leads to another.
-- Whoever adds such an id holds a lock of the program that lets nobody be made meanwhile, so a new member is
-- either seen by them or sees what they added. Trigger of members, before each insert.
--
-- Raises: serialization_failure; a later try finds the member to whom the id leads.
CREATE OR REPLACE FUNCTION members_keep_aliases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('aliases ' || NEW.program_id, 0));
  IF EXISTS (SELECT FROM member_aliases a
             WHERE a.program_id = NEW.program_id AND a.external_id = NEW.external_id) THEN
    RAISE EXCEPTION 'the external id leads to another member by now' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER members_keep_aliases BEFORE INSERT ON members FOR EACH ROW
  EXECUTE FUNCTION members_keep_aliases();
