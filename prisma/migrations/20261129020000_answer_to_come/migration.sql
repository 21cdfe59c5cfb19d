-- Null: the change is on record, and its step outside of the database was not taken yet.
ALTER TABLE "idempotency_keys" ALTER COLUMN "response" DROP NOT NULL;
