-- An order counts once, under however many keys the host sends it. Whichever event of its type is stored
-- first is the order's; the row is written in the statement that stores the event, so of two at once one is
-- first.
CREATE TABLE "event_orders" (
    "program_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "event_id" UUID NOT NULL,

    CONSTRAINT "event_orders_pkey" PRIMARY KEY ("program_id", "type", "order_id")
);
CREATE UNIQUE INDEX "event_orders_program_id_event_id_key" ON "event_orders"("program_id", "event_id");
ALTER TABLE "event_orders" ADD CONSTRAINT "event_orders_program_id_event_id_fkey"
  FOREIGN KEY ("program_id", "event_id") REFERENCES "events"("program_id", "id")
  ON DELETE RESTRICT ON UPDATE CASCADE;
GRANT SELECT, INSERT ON event_orders TO referral_app;
