-- A key that expires, and one that another replaces within an overlap. Keys of before never expire.
ALTER TABLE "api_keys"
  ADD COLUMN "expires_at" TIMESTAMPTZ(3),
  ADD COLUMN "last_used_at" TIMESTAMPTZ(3),
  ADD COLUMN "replaced_by" UUID,
  -- Whoever is replaced ends.
  ADD CONSTRAINT "api_keys_replaced_ends" CHECK ("replaced_by" IS NULL OR "expires_at" IS NOT NULL);
