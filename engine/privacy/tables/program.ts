import type { TableRule } from '../rule.ts';

/**
 * Tables without a word of a member: the books, the rankings, and what a program is set to. Whose an account
 * or a rank is stands in them as an id, and they stay whole.
 */
export const PROGRAM_TABLES = {
  ledger_accounts: { kept: 'id program_id unit kind member_id shard', of: 't.member_id = :member' },
  ledger_balances: {
    kept: 'account_id program_id label balance_minor version floor_minor ceiling_minor expires_from',
    of: `t.account_id IN (SELECT x.id FROM ledger_accounts x
      WHERE x.program_id = :program AND x.member_id = :member)`,
  },
  ledger_transactions: {
    kept: 'id program_id key request_hash intent resolves_id reverses_id origin_id occurred_at created_at',
  },
  ledger_entries: { kept: 'account_id version transaction_id amount_minor balance_after_minor' },
  ledger_lots: {
    kept:
      'id account_id transaction_id origin_id amount_minor remaining_minor expired_minor expires_at open ' +
      'uses',
  },
  ledger_allocations: { kept: 'lot_id transaction_id amount_minor' },
  boards: {
    kept: 'program_id id slug name metric unit period backfill_at backfill_cursor backfilled_at created_at',
  },
  board_windows: {
    kept:
      'program_id id board_id key name starts_at ends_at closes_at prizes closed_at frozen_at awarded_at ' +
      'snapshot_at created_at',
  },
  board_moves: { kept: 'id window_id member_id was_score was_earliness score earliness' },
  board_blocks: { kept: 'window_id score earliness member_id members above' },
  board_trends: { kept: 'window_id member_id rank taken_at' },
  board_late_changes: { kept: 'id program_id window_id member_id amount occurred_at recorded_at' },
  rates: { kept: 'program_id id from_unit to_unit rate valid_from source created_at', others: 'created_by' },
  survey_marks: { kept: 'program_id name reached_at member_id' },
  programs: {
    kept:
      'id slug name status time_zone allowed_hosts default_destination visitor_cookie starts_at ends_at ' +
      'payout_hold_years ' +
      'status_at engages created_at mode live_program_id',
    others: 'status_by',
  },
  policy_versions: { kept: 'program_id version body published_at' },
  budget_alerts: { kept: 'program_id unit cap_minor warned_at exhausted_at' },
  asked_counts: { kept: 'program_id referral_id event_id at others own place ordinal' },
  condition_failures: { kept: 'program_id policy_version part rule_id failures last_event_id last_at' },
  catalogue_items: {
    kept:
      'program_id id kind name description method unit price_minor min_minor value_minor value_unit ' +
      'fee_minor fee_bp stock min_level badge starts_at ends_at member_limit active created_at updated_at',
  },
  improvements: { kept: 'program_id id title description created_at', others: 'made_by' },
  improvement_answers: { kept: 'program_id improvement_id survey_id linked_at' },
  achievements: { kept: 'program_id id label name description criteria image created_at updated_at' },
  badge_issuer_keys: { kept: 'program_id id public_key_multibase sealed_secret created_at retired_at' },
  payout_endpoints: { kept: 'program_id url sealed_secret updated_at' },
  token_settings: { kept: 'program_id origins jwks_url member_sign_in updated_at' },
  token_secrets: { kept: 'program_id id sealed created_at revoked_at' },
  webhook_endpoints: {
    kept:
      'program_id id url description form types status reason sequence fill_from failing_since busy_until ' +
      'created_at updated_at',
  },
  webhook_secrets: { kept: 'program_id endpoint_id id sealed created_at expires_at' },
  feed_watches: { kept: 'program_id until' },
  api_keys: {
    kept: 'id program_id hash scopes created_at revoked_at expires_at last_used_at replaced_by',
    others: 'name',
  },
  rate_windows: { kept: 'key_id started_at used' },
  _prisma_migrations: {
    kept: 'id checksum finished_at migration_name logs rolled_back_at started_at applied_steps_count',
  },
} as const satisfies Readonly<Record<string, TableRule>>;
