import { idsOf, OWN, type TableRule } from '../rule.ts';

/** An operator's note on what they gave by hand, and on what they granted after a budget had refused it. */
const TRACE_BY_HAND =
  "CASE WHEN t.source = 'operator' OR t.trace->'granted_again' IS NOT NULL " +
  'THEN without_words(t.trace) ELSE t.trace END';

/** What members earned, and what they redeemed. Amounts stay, or the books would not balance. */
export const EARNING_TABLES = {
  rewards: {
    kept:
      'program_id id key source referral_id member_id event_id rule_id policy_version kind label unit ' +
      'amount_minor reversed_minor status nth granted_at matures_at expires_at badge_issued held_by ' +
      'taken_back_by created_at',
    of: OWN,
    becomes: { trace: TRACE_BY_HAND },
    exports: [{ as: 'rewards', of: OWN, hides: 'trace' }],
  },
  refused_rewards: {
    kept:
      'program_id id key referral_id member_id event_id reward_id rule_id policy_version unit amount_minor ' +
      'occurred_at trace refused_at created_at',
    of: OWN,
    exports: [{ as: 'refused_rewards', of: OWN, hides: 'trace' }],
  },
  milestone_awards: {
    kept:
      'program_id id member_id milestone_id step nth at unit value policy_version status reason reward_id ' +
      'trace reached_at awarded_at reversed_at created_at',
    of: OWN,
  },
  member_actions: {
    kept:
      'program_id event_id member_id type occurred_at value_minor unit refunded_minor refunded_at outcome ' +
      'counted_at policy_version number asked_referrer_id asked_signup_at asked_count asked_again',
    of: OWN,
    exports: [{ as: 'member_actions', of: OWN, hides: 'asked_referrer_id' }],
  },
  point_postings: {
    kept:
      'program_id id key member_id source event_id rule_id policy_version unit amount_minor reversed_minor ' +
      'occurred_at expires_at created_at',
    of: OWN,
    becomes: { trace: TRACE_BY_HAND },
    exports: [{ as: 'point_postings', of: OWN, hides: 'trace' }],
  },
  member_points: {
    kept: 'program_id member_id unit lifetime_minor level_id level_changes updated_at',
    of: OWN,
  },
  level_changes: {
    kept: 'program_id member_id unit number from_level to_level lifetime_minor policy_version created_at',
    of: OWN,
  },
  achievement_awards: {
    kept:
      'program_id id member_id achievement number policy_version event_id sole status code reward_id ' +
      'from_at reached_at created_at',
    of: OWN,
    // Where a member lives, about.
    becomes: { time_zone: "'UTC'" },
  },
  redemptions: {
    kept:
      'program_id id member_id unit amount_minor method status reason due_at created_at updated_at item_id ' +
      'fee_minor value_minor value_unit stock_taken approval batch_id',
    of: OWN,
    by: 'payouts',
    becomes: { destination: 'NULL', provider_ref: 'NULL' },
    others: 'approved_by',
    exports: [{ as: 'redemptions', of: OWN, hides: 'approval approved_by' }],
  },
  redemption_attempts: {
    kept: 'id program_id redemption_id method asked_at answered_at result reason',
    of: `t.redemption_id IN (${idsOf('redemptions')})`,
    becomes: { provider_ref: 'NULL' },
  },
  coupon_codes: {
    kept:
      'program_id id item_id batch_id code_hash folded_hash sealed_code redemption_id taken_at shown_at ' +
      'created_at',
    of: `t.redemption_id IN (${idsOf('redemptions')})`,
    exports: [
      {
        as: 'coupons',
        of: `t.redemption_id IN (${idsOf('redemptions')})`,
        hides: 'code_hash folded_hash sealed_code',
      },
    ],
  },
  payout_batches: {
    // `payment` is the account that pays. The files themselves are made when asked for, and kept nowhere.
    kept: 'program_id id name unit lines created_at exported_at imported_at payment',
    others: 'created_by',
  },
  badge_recipients: { kept: 'program_id member_id identity updated_at', of: OWN, goes: 'display_name' },
  badge_credentials: {
    kept: 'program_id id reward_id achievement_id member_id status_index issued_at created_at',
    of: OWN,
    by: 'badges',
    becomes: { document: "'{}'" },
  },
  season_standings: { kept: 'program_id window_id rank member_id score reached_at', of: OWN },
  season_awards: {
    kept: 'program_id window_id rank member_id kind label unit amount_minor awarded_at',
    of: OWN,
  },
} as const satisfies Readonly<Record<string, TableRule>>;
