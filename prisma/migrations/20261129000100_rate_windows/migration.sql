-- How much of its limit a key has used in the window that is open. Not logged: a crash may forget it, and a
-- request then costs no write-ahead log.
CREATE UNLOGGED TABLE "rate_windows" (
    "key_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "used" INTEGER NOT NULL CHECK ("used" >= 0),

    CONSTRAINT "rate_windows_pkey" PRIMARY KEY ("key_id")
);

GRANT SELECT, INSERT, UPDATE ON rate_windows TO referral_app;
