-- CreateEnum
CREATE TYPE "webhook_form" AS ENUM ('standard', 'slack');

-- CreateEnum
CREATE TYPE "webhook_status" AS ENUM ('filling', 'active', 'disabled');

-- CreateEnum
CREATE TYPE "webhook_delivery_state" AS ENUM ('waiting', 'retrying', 'delivered', 'failed', 'dropped');

-- Whether a message was sent is known by endpoint, not by message. The column takes its index with it.
ALTER TABLE "outbox" DROP COLUMN "sent_at";

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT,
    "form" "webhook_form" NOT NULL DEFAULT 'standard',
    "types" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "status" "webhook_status" NOT NULL DEFAULT 'active',
    "reason" TEXT,
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "fill_from" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "busy_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "webhook_secrets" (
    "program_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "sealed" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY ("program_id","endpoint_id","id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "program_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "outbox_id" BIGINT NOT NULL,
    "subject" TEXT NOT NULL,
    "state" "webhook_delivery_state" NOT NULL DEFAULT 'waiting',
    "sequence" BIGINT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "log" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("program_id","endpoint_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_program_id_endpoint_id_outbox_id_key" ON "webhook_deliveries"("program_id", "endpoint_id", "outbox_id");

-- AddForeignKey
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_program_id_endpoint_id_fkey" FOREIGN KEY ("program_id", "endpoint_id") REFERENCES "webhook_endpoints"("program_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_program_id_endpoint_id_fkey" FOREIGN KEY ("program_id", "endpoint_id") REFERENCES "webhook_endpoints"("program_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE webhook_endpoints
  ADD CONSTRAINT webhook_endpoints_fill CHECK ((status = 'filling') = (fill_from IS NOT NULL)),
  ADD CONSTRAINT webhook_endpoints_reason CHECK ((status = 'disabled') = (reason IS NOT NULL));
ALTER TABLE webhook_deliveries
  ADD CONSTRAINT webhook_deliveries_end CHECK ((state IN ('waiting', 'retrying')) = (ended_at IS NULL));

-- Which messages an endpoint has not been told yet, and which it did not take.
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, outbox_id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_retrying ON webhook_deliveries (endpoint_id, due_at) WHERE state = 'retrying';
-- Ids of the outbox follow the time closely, so a few kilobytes tell where a range of time lies.
CREATE INDEX outbox_created ON outbox USING brin (created_at);
-- Rows are written three times in their life: when queued, when numbered, when delivered.
ALTER TABLE webhook_deliveries SET (fillfactor = 80);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_secrets, webhook_deliveries TO referral_app;

-- webhook_wants(endpoint, message) returns whether a message of the outbox is for an endpoint of its
-- program: its type is among those that the endpoint takes, or the endpoint takes all. A ping is for the
-- endpoint that it names, whatever that one takes.
CREATE OR REPLACE FUNCTION webhook_wants(endpoint webhook_endpoints, message outbox) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN message.type = 'webhook.ping' THEN message.payload ->> 'endpointId' = endpoint.id::text
              ELSE cardinality(endpoint.types) = 0 OR message.type = ANY (endpoint.types) END
$$;

-- Trigger outbox_tell_endpoints, after each insert into outbox: queues the message for each endpoint of its
-- program that takes its type. The trigger does it, in the transaction of what the message tells, so that no
-- message is lost and no writer of the outbox can forget it. It costs a program without endpoints one look
-- into an index.
CREATE OR REPLACE FUNCTION outbox_tell_endpoints() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhook_deliveries (program_id, endpoint_id, outbox_id, subject)
  SELECT e.program_id, e.id, NEW.id, NEW.subject
  FROM webhook_endpoints e
  WHERE e.program_id = NEW.program_id AND e.status <> 'disabled' AND webhook_wants(e, NEW);
  RETURN NULL;
END $$;

CREATE TRIGGER outbox_tell_endpoints AFTER INSERT ON outbox FOR EACH ROW
  EXECUTE FUNCTION outbox_tell_endpoints();
