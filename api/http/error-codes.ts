import type { RefusalCode } from '../../domain/refusal.ts';

/** The HTTP statuses that a refusal may have. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503;

/**
 * Codes of the API itself, with their HTTP status. Stable: a code never changes meaning, and is never reused.
 */
export const API_CODES = {
  /** Input does not fit its schema; `issues` names the paths. */
  input_invalid: 400,
  /** The body or the `input` parameter is not JSON. */
  json_invalid: 400,
  /** JSON that is deeper, or has more in it, than anything that we take. */
  input_too_complex: 400,
  /** The body is not valid UTF-8. */
  utf8_invalid: 400,
  /** A text holds a NUL character or half of a surrogate pair: PostgreSQL cannot store it. */
  text_invalid: 400,
  request_invalid: 400,
  /** A platform key has to name its program in `x-program-id`. */
  program_missing: 400,
  idempotency_key_missing: 400,
  unauthenticated: 401,
  key_revoked: 401,
  /** The API key's time is over. */
  key_expired: 401,
  /** A member token whose time is over. */
  token_expired: 401,
  /** A member token of another program. */
  token_foreign: 401,
  /** The member of a token is not there, or may not come. */
  member_barred: 401,
  /** A message from outside that no secret of the program signed, or for a program without such a source. */
  signature_invalid: 401,
  /** The address or the password of somebody who signs in. */
  credentials_wrong: 401,
  /** A code of an authenticator app or a backup code, or the sign-in that it belongs to. */
  second_factor_wrong: 401,
  /** A passkey that nobody has, or an answer of one that does not hold. */
  passkey_wrong: 401,
  /** What a provider of identities answered does not hold, or it signed nobody in. */
  identity_refused: 401,
  scope_missing: 403,
  /** Nobody invited the address. */
  registration_closed: 403,
  email_unverified: 403,
  /** What only somebody may do who signed in within the last day. */
  session_stale: 403,
  /** A change by cookie that no page of this server asked for. */
  origin_forbidden: 403,
  /** A member token that lacks the claim which the operation asks for. */
  claim_missing: 403,
  /** Absent, or another program's: the answers are the same. */
  not_found: 404,
  method_not_supported: 405,
  slug_taken: 409,
  /** A provider vouches for an address that has an account, which is not linked to it. */
  account_exists: 409,
  /** The account at the provider is linked to another user. */
  identity_taken: 409,
  /** The account signs in without a password. */
  password_missing: 409,
  second_factor_missing: 409,
  /** The program names no coupon in Stripe for a friend's discount. */
  coupon_missing: 409,
  /** An active promotion code at Stripe has the text of the referral code, and is not ours. */
  code_taken: 409,
  /** Somebody switched the member's promotion code off in Stripe. */
  code_inactive: 409,
  /** A program keeps at least one owner. */
  last_owner: 409,
  /** A test program has no test mode of its own. */
  mode_forbids: 409,
  idempotency_in_flight: 409,
  answer_erased: 409,
  conflict: 409,
  /** A feed cannot be taken up there any more: read the lists again. */
  cursor_gone: 410,
  body_too_large: 413,
  media_type_unsupported: 415,
  /** Signed well, and more than five minutes ago. */
  event_too_old: 400,
  /** A test event for a program that takes live ones, or the reverse. */
  mode_wrong: 422,
  /** An event of another account of Stripe's. */
  account_wrong: 422,
  /** An event in a version of Stripe's API that the program does not name. */
  version_wrong: 422,
  /** The program's mapping gives no event for this message; `issues` names the field. */
  mapping_failed: 422,
  /** Stripe refuses the program's API key, or what is asked with it. */
  provider_refused: 422,
  /** Stripe has no coupon of the id that the program names, or it can be redeemed no more. */
  coupon_unusable: 422,
  destination_forbidden: 422,
  /** The link of an e-mail was used, or its time is over. */
  link_unusable: 422,
  /** A sign-in that was begun elsewhere, has ended already, or whose time is over. */
  sign_in_expired: 422,
  /** The key made more requests in this minute than it may; `Retry-After` says when it may go on. */
  rate_limited: 429,
  /** Signing in was tried too often; `Retry-After` says when to go on. */
  attempts_exceeded: 429,
  /** The key or the member holds as many streams as it may. */
  too_many_streams: 429,
  /** Credit is taken back by a refund, or by an operator as credit. */
  not_revocable: 422,
  /** Points have no record by event that a board could be counted from. */
  backfill_impossible: 422,
  live_view_unavailable: 503,
  schedules_unavailable: 503,
  overloaded: 503,
  /** The keys with which the host signs member tokens cannot be fetched. */
  jwks_unavailable: 503,
  /** BADGE_SECRET does not open the key that signs the program's badges. */
  issuer_key_unreadable: 503,
  /** BADGE_SECRET does not open a code or a secret that was sealed with another. */
  secret_unreadable: 503,
  /** Stripe's API does not answer. */
  provider_unavailable: 503,
  /** The provider with which somebody signs in does not answer. */
  identity_provider_unavailable: 503,
  database_unavailable: 503,
  internal: 500,
} as const satisfies Record<string, RefusalStatus>;

/** Refusals of the rules, with the HTTP status of each when a request is answered with it. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, RefusalStatus>> = {
  amount_not_integer: 400,
  amount_negative: 400,
  amount_zero: 400,
  amount_too_large: 400,
  unit_unknown: 400,
  unit_withdrawn: 400,
  unit_mismatch: 422,
  rate_malformed: 400,
  rate_not_positive: 400,
  rate_in_future: 422,
  rate_same_unit: 400,
  rate_known: 409,
  rate_missing: 422,
  code_unknown: 422,
  link_inactive: 422,
  link_expired: 422,
  invitation_used: 422,
  no_attribution: 422,
  outside_window: 422,
  self_referral: 422,
  already_attributed: 409,
  existing_customer: 422,
  slug_malformed: 400,
  slug_reserved: 422,
  slug_profane: 422,
  not_referred: 422,
  stage_forbids: 409,
  below_minimum: 422,
  condition_false: 422,
  outside_qualification_window: 422,
  already_qualified: 409,
  earning_ended: 422,
  referral_ended: 409,
  refund_of_unknown: 422,
  already_refunded: 409,
  order_known: 409,
  refund_too_large: 422,
  refund_in_part: 422,
  refund_too_late: 422,
  fraud_denied: 422,
  in_review: 409,
  not_triggered: 422,
  zero_amount: 422,
  cap_reached: 422,
  budget_exhausted: 422,
  no_longer_earned: 409,
  program_not_live: 409,
  member_blocked: 409,
  member_not_blocked: 409,
  external_id_taken: 409,
  member_erased: 409,
  redemption_under_way: 409,
  same_member: 409,
  already_merged: 409,
  merge_too_large: 409,
  referral_too_large: 409,
  insufficient_balance: 422,
  method_unknown: 422,
  redemption_ended: 409,
  member_unknown: 404,
  operator_refused: 422,
  approval_timed_out: 422,
  item_unknown: 404,
  item_inactive: 409,
  item_invalid: 422,
  out_of_stock: 409,
  not_eligible: 422,
  limit_reached: 409,
  destination_invalid: 422,
  endpoint_forbidden: 422,
  floor_reached: 422,
  ceiling_reached: 422,
  event_not_kept: 409,
  key_reused: 422,
  already_resolved: 409,
  lot_changed: 409,
  posting_unknown: 422,
  season_ends_before_start: 400,
  season_has_begun: 400,
  season_overlaps: 409,
  board_not_seasonal: 422,
  prizes_overlap: 400,
  window_unknown: 422,
  program_ended: 409,
  program_ends_before_start: 400,
  schedule_in_past: 400,
  survey_closed: 409,
  answer_empty: 400,
  answer_question_unknown: 400,
  answer_kind_wrong: 400,
  answer_out_of_range: 400,
  answer_option_unknown: 400,
  answer_too_long: 400,
  token_invalid: 401,
  time_future: 400,
  time_too_old: 400,
  backdating_forbidden: 403,
  email_malformed: 400,
  policy_invalid: 422,
  condition_invalid: 422,
};

export type ApiCode = keyof typeof API_CODES;
export type ErrorCode = ApiCode | RefusalCode;

/** The HTTP status of any code. */
export function statusOf(code: ErrorCode): RefusalStatus {
  return code in API_CODES ? API_CODES[code as ApiCode] : REFUSAL_STATUS[code as RefusalCode];
}
