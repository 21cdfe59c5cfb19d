import { expect, test } from 'vitest';
import { DAY_MS } from '../time.ts';
import { invitationEnd, isUnanswered } from './invitation.ts';
import { REFERRAL_STAGES, ranOutIn } from './referral.ts';

test('an invitation ends as the policy says, or earlier where its maker asks for that', () => {
  const policy = { invitation_days: 10 };
  expect(invitationEnd(policy, DAY_MS)).toBe(11 * DAY_MS);
  expect(invitationEnd(policy, DAY_MS, 3 * DAY_MS)).toBe(3 * DAY_MS);
  expect(invitationEnd(policy, DAY_MS, 30 * DAY_MS)).toBe(11 * DAY_MS);
});

test('a signup in time answers what nobody has answered, and nothing else that has ended', () => {
  const reasons = [null, 'cancelled', ...REFERRAL_STAGES.map(ranOutIn)];
  const answered = REFERRAL_STAGES.flatMap((stage) =>
    reasons.filter((reason) => isUnanswered({ stage, reason })).map((reason) => ({ stage, reason })),
  );
  expect(answered.filter(({ stage }) => stage !== 'invited')).toEqual([
    { stage: 'expired', reason: ranOutIn('invited') },
  ]);
  expect(answered.filter(({ stage }) => stage === 'invited')).toHaveLength(reasons.length);
});
