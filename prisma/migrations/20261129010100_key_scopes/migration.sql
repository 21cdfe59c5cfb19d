-- Policies and the audit log are no longer within `read`. Whose key this takes them from, must ask for another;
-- but not who could evidently know it all: a key that may read and publish policies goes on reading them, and
-- one that may also run the program and make keys goes on reading the audit log. No key may do more than before:
-- `operators:write` comes with new keys alone.
UPDATE "api_keys" SET "scopes" = array_append("scopes", 'policies:read')
WHERE "program_id" IS NOT NULL AND "scopes" @> ARRAY['read', 'policies:write'] AND NOT 'policies:read' = ANY ("scopes");

UPDATE "api_keys" SET "scopes" = array_append("scopes", 'audit:read')
WHERE "program_id" IS NOT NULL AND "scopes" @> ARRAY['read', 'policies:write', 'programs:write', 'keys:write']
  AND NOT 'audit:read' = ANY ("scopes");
