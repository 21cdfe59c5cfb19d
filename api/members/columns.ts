/** SQL for a `MemberRow`, over `m`. */
export const MEMBER_COLUMNS = `
  m.program_id::text AS "programId", m.id::text, m.external_id AS "externalId", m.host_id AS "hostId",
  m.email, m.email_key AS "emailKey", m.email_key_rules AS "emailKeyRules",
  m.referral_code AS "referralCode", m.locale, m.time_zone AS "timeZone", m.display_name AS "displayName",
  m.qualified_referrals AS "qualifiedReferrals", m.blocked_at AS "blockedAt",
  m.blocked_reason AS "blockedReason", m.erased_at AS "erasedAt", m.merged_into::text AS "mergedInto",
  m.merged_at AS "mergedAt", m.merged_by::text AS "mergedBy", m.signed_up_at AS "signedUpAt",
  m.created_at AS "createdAt"`;
