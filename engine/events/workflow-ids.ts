const REFERRAL = 'referral-';

/** The id of the workflow that decides about a referral. */
export const referralWorkflow = (referralId: string): string => `${REFERRAL}${referralId}`;

/** The referral whose workflow has this id; null: it is no referral's. */
export const referralOfWorkflow = (workflowId: string): string | null =>
  workflowId.startsWith(REFERRAL) ? workflowId.slice(REFERRAL.length) : null;

const MEMBER = 'member-';

/** The id of the workflow of a member. */
export const memberWorkflow = (memberId: string): string => `${MEMBER}${memberId}`;

/** The member whose workflow has this id; null: it is no member's. */
export const memberOfWorkflow = (workflowId: string): string | null =>
  workflowId.startsWith(MEMBER) ? workflowId.slice(MEMBER.length) : null;

/** The id of the workflow that decides about a redemption. */
export const redemptionWorkflow = (redemptionId: string): string => `redemption-${redemptionId}`;

/** The id of the workflow that decides about a survey. */
export const surveyWorkflow = (surveyId: string): string => `survey-${surveyId}`;
