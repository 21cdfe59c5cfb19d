-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "program_status" AS ENUM ('draft', 'live', 'paused', 'ended');

-- CreateEnum
CREATE TYPE "link_kind" AS ENUM ('shared', 'personal');

-- CreateEnum
CREATE TYPE "link_status" AS ENUM ('active', 'disabled');

-- CreateEnum
CREATE TYPE "event_state" AS ENUM ('pending', 'waiting', 'delivered', 'decided', 'parked', 'unmatched');

-- CreateEnum
CREATE TYPE "referral_stage" AS ENUM ('invited', 'signed_up', 'in_review', 'qualified', 'rewarded', 'reversed', 'rejected', 'expired', 'closed');

-- CreateEnum
CREATE TYPE "benefit_kind" AS ENUM ('credit', 'badge', 'perk');

-- CreateEnum
CREATE TYPE "reward_status" AS ENUM ('held', 'available', 'reversed');

-- CreateEnum
CREATE TYPE "redemption_status" AS ENUM ('requested', 'refused', 'reserved', 'awaiting_approval', 'paying', 'needs_operator', 'settled', 'released');

-- CreateEnum
CREATE TYPE "account_kind" AS ENUM ('budget', 'pending', 'available', 'reserved', 'owed', 'paid_out', 'breakage');

-- CreateTable
CREATE TABLE "programs" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" "program_status" NOT NULL DEFAULT 'live',
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "allowed_hosts" TEXT[],
    "default_destination" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "programs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy_versions" (
    "program_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "body" JSONB NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_versions_pkey" PRIMARY KEY ("program_id","version")
);

-- CreateTable
CREATE TABLE "members" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "email" TEXT,
    "email_key" TEXT,
    "referral_code" TEXT NOT NULL,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "time_zone" TEXT,
    "qualified_referrals" INTEGER NOT NULL DEFAULT 0,
    "signed_up_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "members_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "links" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "kind" "link_kind" NOT NULL DEFAULT 'shared',
    "status" "link_status" NOT NULL DEFAULT 'active',
    "campaign" TEXT,
    "destination" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "links_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "touches" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "link_id" UUID NOT NULL,
    "visitor_id" UUID NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_hash" TEXT,
    "user_agent_hash" TEXT,
    "paid_click" JSONB,

    CONSTRAINT "touches_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "events" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "subject" TEXT,
    "refund_of" TEXT,
    "value_minor" BIGINT,
    "unit" TEXT,
    "payload" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" "event_state" NOT NULL DEFAULT 'pending',
    "workflow_id" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "reason" TEXT,
    "outcome" JSONB,
    "awaited" BOOLEAN NOT NULL DEFAULT false,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "events_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "referrals" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "link_id" UUID NOT NULL,
    "referrer_id" UUID NOT NULL,
    "referred_id" UUID,
    "policy_version" INTEGER NOT NULL,
    "stage" "referral_stage" NOT NULL,
    "reason" TEXT,
    "attribution" JSONB,
    "verdict" TEXT,
    "signals" JSONB,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "signed_up_at" TIMESTAMPTZ(3),
    "qualified_at" TIMESTAMPTZ(3),
    "qualifying_event_id" UUID,
    "due_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "visitor_id" UUID,
    "ip_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "referrals_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "rewards" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "referral_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "rule_id" TEXT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "kind" "benefit_kind" NOT NULL,
    "label" TEXT,
    "unit" TEXT,
    "amount_minor" BIGINT NOT NULL DEFAULT 0,
    "reversed_minor" BIGINT NOT NULL DEFAULT 0,
    "status" "reward_status" NOT NULL,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "matures_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "trace" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rewards_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "redemptions" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "unit" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "method" TEXT NOT NULL,
    "destination" JSONB,
    "status" "redemption_status" NOT NULL,
    "reason" TEXT,
    "provider_ref" TEXT,
    "approved_by" TEXT,
    "due_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "redemptions_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "ledger_accounts" (
    "id" BIGSERIAL NOT NULL,
    "program_id" UUID NOT NULL,
    "unit" TEXT NOT NULL,
    "kind" "account_kind" NOT NULL,
    "member_id" UUID,

    CONSTRAINT "ledger_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_balances" (
    "account_id" BIGINT NOT NULL,
    "balance_minor" BIGINT NOT NULL DEFAULT 0,
    "version" BIGINT NOT NULL DEFAULT 0,
    "floor_minor" BIGINT,
    "ceiling_minor" BIGINT,

    CONSTRAINT "ledger_balances_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "ledger_transactions" (
    "id" BIGSERIAL NOT NULL,
    "program_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "intent" TEXT NOT NULL,
    "resolves_id" BIGINT,
    "reverses_id" BIGINT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_transactions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entries" (
    "account_id" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "transaction_id" BIGINT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "balance_after_minor" BIGINT NOT NULL,

    CONSTRAINT "ledger_entries_pkey" PRIMARY KEY ("account_id","version")
);

-- CreateTable
CREATE TABLE "ledger_lots" (
    "id" BIGSERIAL NOT NULL,
    "account_id" BIGINT NOT NULL,
    "transaction_id" BIGINT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "remaining_minor" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "ledger_lots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_allocations" (
    "lot_id" BIGINT NOT NULL,
    "transaction_id" BIGINT NOT NULL,
    "amount_minor" BIGINT NOT NULL,

    CONSTRAINT "ledger_allocations_pkey" PRIMARY KEY ("lot_id","transaction_id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "program_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "program_id" UUID,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "program_id" UUID,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "scope" TEXT NOT NULL,
    "procedure" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "response" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("scope","procedure","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "programs_slug_key" ON "programs"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "members_referral_code_key" ON "members"("referral_code");

-- CreateIndex
CREATE INDEX "members_program_id_created_at_id_idx" ON "members"("program_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "members_program_id_email_key_idx" ON "members"("program_id", "email_key");

-- CreateIndex
CREATE UNIQUE INDEX "members_program_id_external_id_key" ON "members"("program_id", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "links_code_key" ON "links"("code");

-- CreateIndex
CREATE INDEX "links_program_id_member_id_idx" ON "links"("program_id", "member_id");

-- CreateIndex
CREATE INDEX "touches_program_id_visitor_id_occurred_at_idx" ON "touches"("program_id", "visitor_id", "occurred_at");

-- CreateIndex
CREATE INDEX "touches_link_id_visitor_id_occurred_at_idx" ON "touches"("link_id", "visitor_id", "occurred_at");

-- CreateIndex
CREATE INDEX "events_program_id_subject_seq_idx" ON "events"("program_id", "subject", "seq");

-- CreateIndex
CREATE INDEX "events_program_id_seq_idx" ON "events"("program_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "events_program_id_key_key" ON "events"("program_id", "key");

-- CreateIndex
CREATE INDEX "referrals_program_id_referrer_id_signed_up_at_idx" ON "referrals"("program_id", "referrer_id", "signed_up_at");

-- CreateIndex
CREATE INDEX "referrals_program_id_stage_created_at_idx" ON "referrals"("program_id", "stage", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "referrals_program_id_referred_id_key" ON "referrals"("program_id", "referred_id");

-- CreateIndex
CREATE INDEX "rewards_program_id_member_id_rule_id_granted_at_idx" ON "rewards"("program_id", "member_id", "rule_id", "granted_at");

-- CreateIndex
CREATE INDEX "rewards_program_id_referral_id_idx" ON "rewards"("program_id", "referral_id");

-- CreateIndex
CREATE INDEX "rewards_program_id_created_at_id_idx" ON "rewards"("program_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "rewards_program_id_key_key" ON "rewards"("program_id", "key");

-- CreateIndex
CREATE INDEX "redemptions_program_id_member_id_created_at_idx" ON "redemptions"("program_id", "member_id", "created_at");

-- CreateIndex
CREATE INDEX "redemptions_program_id_status_created_at_idx" ON "redemptions"("program_id", "status", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_resolves_id_key" ON "ledger_transactions"("resolves_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_reverses_id_key" ON "ledger_transactions"("reverses_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_program_id_key_key" ON "ledger_transactions"("program_id", "key");

-- CreateIndex
CREATE INDEX "ledger_entries_transaction_id_idx" ON "ledger_entries"("transaction_id");

-- CreateIndex
CREATE INDEX "ledger_allocations_transaction_id_idx" ON "ledger_allocations"("transaction_id");

-- CreateIndex
CREATE INDEX "outbox_program_id_id_idx" ON "outbox"("program_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_program_id_key_key" ON "outbox"("program_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE INDEX "api_keys_program_id_idx" ON "api_keys"("program_id");

-- CreateIndex
CREATE INDEX "audit_log_program_id_id_idx" ON "audit_log"("program_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "policy_versions" ADD CONSTRAINT "policy_versions_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "members" ADD CONSTRAINT "members_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "links" ADD CONSTRAINT "links_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "touches" ADD CONSTRAINT "touches_program_id_link_id_fkey" FOREIGN KEY ("program_id", "link_id") REFERENCES "links"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_program_id_link_id_fkey" FOREIGN KEY ("program_id", "link_id") REFERENCES "links"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_program_id_referrer_id_fkey" FOREIGN KEY ("program_id", "referrer_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_program_id_referred_id_fkey" FOREIGN KEY ("program_id", "referred_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "referrals" ADD CONSTRAINT "referrals_program_id_policy_version_fkey" FOREIGN KEY ("program_id", "policy_version") REFERENCES "policy_versions"("program_id", "version") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rewards" ADD CONSTRAINT "rewards_program_id_referral_id_fkey" FOREIGN KEY ("program_id", "referral_id") REFERENCES "referrals"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rewards" ADD CONSTRAINT "rewards_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "redemptions" ADD CONSTRAINT "redemptions_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_balances" ADD CONSTRAINT "ledger_balances_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transactions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_lots" ADD CONSTRAINT "ledger_lots_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_lots" ADD CONSTRAINT "ledger_lots_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transactions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_allocations" ADD CONSTRAINT "ledger_allocations_lot_id_fkey" FOREIGN KEY ("lot_id") REFERENCES "ledger_lots"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_allocations" ADD CONSTRAINT "ledger_allocations_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transactions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
