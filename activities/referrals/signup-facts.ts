import type { CodeFact, LinkFact, SignupFacts, TouchFact } from '../../domain/referrals/facts.ts';
import type { ClaimRow } from './claims.ts';
import type { LockedSignup } from './signup.ts';

/**
 * Returns what attribution asks about a signup. `referredId` is the id that its member has or will have. A
 * code or a click id that could not be read was named all the same, and is none that we know.
 */
export function signupFacts(signup: LockedSignup, referredId: string): SignupFacts {
  const { payload, claims } = signup;
  const click = claims.find(({ source }) => source === 'click');
  const code = claims.find(({ source }) => source === 'code');
  const named = (detail: 'code' | 'clickId'): boolean =>
    payload[detail] !== undefined || payload.unreadable?.includes(detail) === true;
  return {
    at_ms: signup.at_ms,
    code: !named('code') ? undefined : code === undefined ? null : codeFact(code),
    click: !named('clickId') ? undefined : click === undefined ? null : touchFact(click),
    visitorTouches: claims.filter(({ source }) => source === 'visitor').map(touchFact),
    referredId,
    isAlreadyReferred: signup.isReferred,
    isExistingCustomer: signup.hasSignedUp || payload.existingCustomer === true,
  };
}

const codeFact = ({ foreign, ...claim }: ClaimRow): CodeFact => ({ ...linkFact(claim), foreign });

const touchFact = ({ touchId, at_ms, ...claim }: ClaimRow): TouchFact => ({
  touchId: touchId ?? '',
  at_ms: at_ms ?? 0,
  ...linkFact(claim),
});

const linkFact = ({
  linkId,
  referrerId,
  isActive,
  expires_at_ms,
  isInvitation,
  isUsed,
}: LinkFact): LinkFact => ({ linkId, referrerId, isActive, expires_at_ms, isInvitation, isUsed });
