import { addDays } from '../time.ts';
import type { DeadlinePolicy } from './deadlines.ts';
import { type ReferralStanding, ranOutIn } from './referral.ts';

/**
 * When an invitation's link expires: `invitation_days` after the issue, or earlier where its maker asks for
 * that. A signup that happened before is in time, whenever it comes, and one that happened later is not.
 */
export const invitationEnd = (
  { invitation_days }: Pick<DeadlinePolicy, 'invitation_days'>,
  issued_at_ms: number,
  asked_ms: number | null = null,
): number => Math.min(addDays(issued_at_ms, invitation_days), asked_ms ?? Number.POSITIVE_INFINITY);

/**
 * Whether a referral is an invitation that a signup in time answers: nobody has yet, though the wait for it
 * may have ended since. An operator's end stays.
 */
export const isUnanswered = ({ stage, reason }: ReferralStanding): boolean =>
  stage === 'invited' || (stage === 'expired' && reason === ranOutIn('invited'));
