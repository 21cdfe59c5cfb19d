/** The activity of a referral's workflow that decides events of a type. */
export function activityFor(type: string) {
  if (type === 'signup') return 'signUp';
  if (type === 'refund') return 'refundAction';
  if (type === 'invitation.issued') return 'issueInvitation';
  if (type === 'referral.recount.due') return 'recountReferral';
  if (type === 'referral.recounts.due') return 'recountOthers';
  if (type === 'referral.attributed') return 'attributeReferral';
  if (type === 'referral.moved') return 'moveReferral';
  if (type === 'referral.cancelled') return 'cancelReferral';
  if (type === 'reward.granted_again') return 'grantReferralRewardAgain';
  if (type.startsWith('reward.')) return 'correctReferralReward';
  return type.startsWith('review.') ? 'decideReview' : 'recordAction';
}
