-- AlterTable: the default is evaluated once for the rows that are there, so the table is not written anew.
-- They all count as told with this migration, before which no feed can have begun.
ALTER TABLE "outbox" ADD COLUMN     "xid" xid8 NOT NULL DEFAULT pg_current_xact_id();

-- CreateTable
CREATE TABLE "feed_watches" (
    "program_id" UUID NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feed_watches_pkey" PRIMARY KEY ("program_id")
);

-- CreateIndex
CREATE INDEX "outbox_program_id_xid_id_idx" ON "outbox"("program_id", "xid", "id");

-- AddForeignKey
ALTER TABLE "feed_watches" ADD CONSTRAINT "feed_watches_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE ON feed_watches TO referral_app;

-- Trigger outbox_tell_feeds, after each insert into outbox: sends the notice `told` with the program's id, if
-- somebody follows the program's feed. A notice makes commits of the database wait for one lock, so a program
-- that nobody follows sends none; it costs such a program one look into an index. Notices are sent at commit,
-- those of one transaction that are alike once.
CREATE OR REPLACE FUNCTION outbox_tell_feeds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('told', w.program_id::text)
  FROM feed_watches w WHERE w.program_id = NEW.program_id AND w.until > clock_timestamp();
  RETURN NULL;
END $$;

CREATE TRIGGER outbox_tell_feeds AFTER INSERT ON outbox FOR EACH ROW
  EXECUTE FUNCTION outbox_tell_feeds();
