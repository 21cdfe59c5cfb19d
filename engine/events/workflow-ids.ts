/** The id of the workflow that decides about a referral. */
export const referralWorkflow = (referralId: string): string => `referral-${referralId}`;

/** The id of the workflow that keeps what a member's events add up to. */
export const memberWorkflow = (memberId: string): string => `member-${memberId}`;

/** The id of the workflow that decides about a redemption. */
export const redemptionWorkflow = (redemptionId: string): string => `redemption-${redemptionId}`;

/** The id of the workflow that decides about a survey. */
export const surveyWorkflow = (surveyId: string): string => `survey-${surveyId}`;
