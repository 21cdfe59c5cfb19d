-- What Prisma's schema cannot say about the tables outside the ledger: the application's role and rights, value checks,
-- the queue's partial indexes, and rows that nobody may change.

-- Roles belong to the server, not to this database: another database may have made it, perhaps at this very moment.
DO $$
BEGIN
  CREATE ROLE referral_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
-- The owner may act as the application, so that one login serves both in development.
DO $$ BEGIN EXECUTE format('GRANT referral_app TO %I', current_user); END $$;

GRANT USAGE ON SCHEMA public TO referral_app;
GRANT SELECT, INSERT, UPDATE ON
  programs, members, links, events, referrals, rewards, redemptions, outbox, api_keys, idempotency_keys
  TO referral_app;
GRANT SELECT, INSERT ON policy_versions, touches, audit_log TO referral_app;
-- Answers kept for replay are the only rows that age out.
GRANT DELETE ON idempotency_keys TO referral_app;
GRANT USAGE ON SEQUENCE events_seq_seq, outbox_id_seq, audit_log_id_seq TO referral_app;
GRANT SELECT ON ledger_accounts, ledger_balances, ledger_transactions, ledger_entries, ledger_lots, ledger_allocations TO referral_app;
-- The API's readiness asks whether all migrations were applied; a scratch database for comparing schemas has no such table.
DO $$ BEGIN IF to_regclass('_prisma_migrations') IS NOT NULL THEN GRANT SELECT ON _prisma_migrations TO referral_app; END IF; END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER policy_versions_append_only BEFORE UPDATE OR DELETE ON policy_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_versions_no_truncate BEFORE TRUNCATE ON policy_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE members ADD CONSTRAINT members_qualified_not_negative CHECK (qualified_referrals >= 0);
ALTER TABLE rewards
  ADD CONSTRAINT rewards_amount_bounds CHECK (amount_minor >= 0 AND reversed_minor >= 0),
  ADD CONSTRAINT rewards_credit_has_unit CHECK ((kind = 'credit') = (unit IS NOT NULL));
ALTER TABLE redemptions ADD CONSTRAINT redemptions_amount_positive CHECK (amount_minor > 0);
ALTER TABLE referrals ADD CONSTRAINT referrals_not_self CHECK (referred_id IS NULL OR referred_id <> referrer_id);
ALTER TABLE events
  ADD CONSTRAINT events_value_with_unit CHECK ((value_minor IS NULL) = (unit IS NULL)),
  ADD CONSTRAINT events_decided_with_outcome CHECK (state <> 'decided' OR (outcome IS NOT NULL AND decided_at IS NOT NULL));

-- The pump's queue: what is due, what waits for others of its subject. Decided events, nearly all of them, are in neither.
CREATE INDEX events_due ON events (due_at) WHERE state IN ('pending', 'waiting', 'delivered');
-- How many are being decided, for the pump to pace itself.
CREATE INDEX events_delivered ON events (attempts) WHERE state = 'delivered';
CREATE INDEX events_waiting ON events (program_id, subject) WHERE state = 'waiting';
CREATE INDEX events_parked ON events (program_id, seq) WHERE state IN ('parked', 'unmatched');
-- A refund looks for refunds before it.
CREATE INDEX events_refunds ON events (program_id, refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX rewards_maturing ON rewards (program_id, referral_id, matures_at) WHERE status = 'held';
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

-- The queue's rows are rewritten several times each: leave room on their pages, and clean up early.
ALTER TABLE events SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
