import { OWN, PSEUDONYM, type TableRule } from '../rule.ts';

/** Who members are, how they came, and who came through them. */
export const MEMBER_TABLES = {
  links: {
    kept: 'program_id id member_id kind expires_at created_at',
    of: OWN,
    // A code may be a name that somebody chose.
    becomes: { code: "'erased-' || t.id", status: "'disabled'", campaign: 'NULL', destination: 'NULL' },
  },
  referrals: {
    kept:
      'program_id id link_id referrer_id referred_id policy_version stage reason attribution verdict ' +
      'signals issued_at signed_up_at qualified_at qualifying_event_id due_at ended_at created_at ' +
      'updated_at corrected_by version is_told tell_at',
    of: 't.referred_id = :member',
    becomes: { visitor_id: 'NULL', ip_hash: 'NULL', mailbox_hash: 'NULL' },
    exports: [
      {
        as: 'referrals_made',
        of: 't.referrer_id = :member',
        hides:
          'referred_id visitor_id ip_hash mailbox_hash attribution signals verdict qualifying_event_id ' +
          'version is_told tell_at',
      },
      {
        as: 'referrals_received',
        of: 't.referred_id = :member',
        hides: 'referrer_id link_id attribution signals verdict version is_told tell_at',
      },
    ],
  },
  board_scores: {
    kept: 'program_id window_id member_id score earliness',
    of: OWN,
    becomes: { display_name: "CASE WHEN t.display_name IS NOT NULL THEN 'Erased member' END" },
  },
  erasures: {
    kept: 'program_id member_id event_id badges counts report begun_at listed_at ended_at',
    of: OWN,
  },
  // Keyed hashes: nobody without the secret can tell what they are of.
  do_not_track: { kept: 'program_id hash kind member_id created_at' },
  // Sealed, and deleted when its time is over.
  held_payouts: { kept: 'program_id redemption_id member_id sealed until created_at' },
  member_aliases: { kept: 'program_id member_id created_at', of: OWN, goes: 'external_id' },
  // The last of all: until then its external id leads to what is still to be erased.
  members: {
    kept:
      'program_id id qualified_referrals signed_up_at created_at email_key_rules blocked_at erased_at ' +
      'merged_into merged_at merged_by asked_until recount_from timed_until',
    of: 't.id = :member',
    becomes: {
      external_id: PSEUDONYM,
      host_id: 'NULL',
      email: 'NULL',
      email_key: 'NULL',
      referral_code: PSEUDONYM,
      locale: "'en'",
      time_zone: 'NULL',
      display_name: "CASE WHEN t.display_name IS NOT NULL THEN 'Erased member' END",
      blocked_reason: "CASE WHEN t.blocked_at IS NOT NULL THEN 'erased' END",
    },
  },
} as const satisfies Readonly<Record<string, TableRule>>;
