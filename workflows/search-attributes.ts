import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Columns of the Web UI's list. Ids and states only: search attributes are plain text. */
export const PROGRAM_ID = defineSearchAttributeKey('ProgramId', SearchAttributeType.KEYWORD);
export const MEMBER_ID = defineSearchAttributeKey('MemberId', SearchAttributeType.KEYWORD);
export const REFERRAL_STAGE = defineSearchAttributeKey('ReferralStage', SearchAttributeType.KEYWORD);
export const REWARD_DUE_AT = defineSearchAttributeKey('RewardDueAt', SearchAttributeType.DATETIME);
export const FRAUD_VERDICT = defineSearchAttributeKey('FraudVerdict', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTES = [
  PROGRAM_ID,
  MEMBER_ID,
  REFERRAL_STAGE,
  REWARD_DUE_AT,
  FRAUD_VERDICT,
] as const;
