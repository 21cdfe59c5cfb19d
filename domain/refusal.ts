/**
 * Every reason for which this engine says no. The wire, the metrics and the docs use these codes; they never
 * change meaning.
 */
export const REFUSAL_CODES = [
  // money
  'amount_not_integer',
  'amount_negative',
  'amount_zero',
  'amount_too_large',
  'unit_unknown',
  'unit_withdrawn',
  'unit_mismatch',
  // rates between units
  'rate_malformed',
  'rate_not_positive',
  'rate_in_future',
  'rate_same_unit',
  'rate_known',
  'rate_missing',
  // attribution
  'code_unknown',
  'link_inactive',
  'link_expired',
  'invitation_used',
  'no_attribution',
  'outside_window',
  'self_referral',
  'already_attributed',
  'existing_customer',
  // vanity slugs
  'slug_malformed',
  'slug_reserved',
  'slug_profane',
  // referral life
  'not_referred',
  'stage_forbids',
  'below_minimum',
  'condition_false',
  'outside_qualification_window',
  'already_qualified',
  'earning_ended',
  'referral_ended',
  'refund_of_unknown',
  'already_refunded',
  'order_known',
  'event_not_kept',
  'refund_too_large',
  'refund_in_part',
  'refund_too_late',
  'fraud_denied',
  'in_review',
  'referral_too_large',
  // rewards
  'not_triggered',
  'zero_amount',
  'cap_reached',
  'budget_exhausted',
  'no_longer_earned',
  'program_not_live',
  // members
  'member_blocked',
  'member_not_blocked',
  'external_id_taken',
  'member_erased',
  'redemption_under_way',
  'same_member',
  'already_merged',
  'merge_too_large',
  // redemption
  'insufficient_balance',
  'method_unknown',
  'redemption_ended',
  'member_unknown',
  'operator_refused',
  'approval_timed_out',
  'item_unknown',
  'item_inactive',
  'item_invalid',
  'out_of_stock',
  'not_eligible',
  'limit_reached',
  'destination_invalid',
  'endpoint_forbidden',
  // ledger
  'floor_reached',
  'ceiling_reached',
  'key_reused',
  'already_resolved',
  'posting_unknown',
  'lot_changed',
  // leaderboards
  'season_ends_before_start',
  'season_has_begun',
  'season_overlaps',
  'board_not_seasonal',
  'prizes_overlap',
  'window_unknown',
  // program life
  'program_ended',
  'program_ends_before_start',
  'schedule_in_past',
  // surveys
  'survey_closed',
  'answer_empty',
  'answer_question_unknown',
  'answer_kind_wrong',
  'answer_out_of_range',
  'answer_option_unknown',
  'answer_too_long',
  // member tokens
  'token_invalid',
  // time and form
  'time_future',
  'time_too_old',
  'backdating_forbidden',
  'email_malformed',
  'policy_invalid',
  'condition_invalid',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** A "no" as a value: a code for machines, a sentence for people, without personal data. */
export interface Refusal<C extends RefusalCode = RefusalCode> {
  readonly ok: false;
  readonly code: C;
  readonly message: string;
}

/** A value, or a refusal with one of the codes `C`. */
export type Result<T, C extends RefusalCode = RefusalCode> =
  | { readonly ok: true; readonly value: T }
  | Refusal<C>;

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const refuse = <C extends RefusalCode>(code: C, message: string): Refusal<C> => ({
  ok: false,
  code,
  message,
});

/** The value of a result that the code around it has made sure of; a refusal here is a bug and throws. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`impossible refusal ${result.code}: ${result.message}`);
  return result.value;
}
