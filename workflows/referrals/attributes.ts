import type { SearchAttributePair } from '@temporalio/common';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { FRAUD_VERDICT, MEMBER_ID, REFERRAL_STAGE, REWARD_DUE_AT } from '../search-attributes.ts';

/** What the Web UI's list shows of a referral; null: nothing in this column. */
export function attributesOf(now: ReferralSnapshot) {
  const due = now.matures_at_ms;
  return [
    { key: REFERRAL_STAGE, value: now.stage },
    { key: MEMBER_ID, value: now.referrer_id },
    { key: FRAUD_VERDICT, value: now.verdict },
    { key: REWARD_DUE_AT, value: due === null ? null : new Date(due) },
  ] as const;
}

/** The same, as far as it differs from `before`; of what was never shown, what there is to show. */
export function changedAttributes(
  now: ReferralSnapshot,
  before: ReferralSnapshot | null,
): SearchAttributePair[] {
  const shown = before === null ? [] : attributesOf(before);
  return attributesOf(now).filter(
    ({ value }, at) => String(value) !== String(shown[at]?.value ?? null),
  ) as unknown as SearchAttributePair[];
}
