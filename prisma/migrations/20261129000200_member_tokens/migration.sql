-- Whose member tokens a program takes, and from which web pages.
CREATE TABLE "token_settings" (
    "program_id" UUID NOT NULL,
    "origins" TEXT[] CHECK (cardinality("origins") <= 20),
    "jwks_url" TEXT CHECK (length("jwks_url") BETWEEN 1 AND 2048),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "token_settings_pkey" PRIMARY KEY ("program_id")
);

-- Secrets with which the host signs member tokens. A revoked one keeps its row, and loses the secret.
CREATE TABLE "token_secrets" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "sealed" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_secrets_pkey" PRIMARY KEY ("program_id","id"),
    CONSTRAINT "token_secrets_sealed_until_revoked" CHECK (("sealed" IS NULL) = ("revoked_at" IS NOT NULL))
);

-- CreateIndex
CREATE INDEX "token_secrets_program_id_created_at_id_idx" ON "token_secrets"("program_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "token_settings" ADD CONSTRAINT "token_settings_program_id_fkey"
  FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token_secrets" ADD CONSTRAINT "token_secrets_program_id_fkey"
  FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE ON token_settings, token_secrets TO referral_app;
