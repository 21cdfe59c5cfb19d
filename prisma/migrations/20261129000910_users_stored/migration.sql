-- The sign-in library names a row by a hash where there may be only one.
ALTER TABLE user_verifications ALTER COLUMN id TYPE TEXT;

-- Named like all that is sealed, so that the rotation of secrets cannot overlook them.
ALTER TABLE user_two_factors RENAME COLUMN secret TO sealed_secret;
ALTER TABLE user_two_factors RENAME COLUMN backup_codes TO sealed_backup_codes;

-- The upkeep forgets old windows.
GRANT DELETE ON rate_windows TO referral_app;
