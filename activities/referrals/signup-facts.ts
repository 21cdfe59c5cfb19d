import type { CodeFact, SignupFacts, TouchFact } from '../../domain/referrals/facts.ts';
import type { Claim } from './claims.ts';
import type { LockedSignup } from './signup.ts';

/** What attribution asks about a signup whose member has, or will have, this id. */
export function signupFacts(signup: LockedSignup, referredId: string): SignupFacts {
  const { payload, claims } = signup;
  const click = claims.find(({ source }) => source === 'click');
  const code = claims.find(({ source }) => source === 'code');
  return {
    at_ms: signup.at_ms,
    code: payload.code === undefined ? undefined : code === undefined ? null : codeFact(code),
    click: payload.clickId === undefined ? undefined : click === undefined ? null : touchFact(click),
    visitor_touches: claims.filter(({ source }) => source === 'visitor').map(touchFact),
    referred_id: referredId,
    referred_already_attributed: signup.isReferred,
    referred_is_existing_customer: signup.hasSignedUp || payload.existingCustomer === true,
  };
}

const codeFact = ({ foreign, used, ...claim }: Claim): CodeFact => ({ ...linkFact(claim), foreign, used });

const touchFact = ({ touchId, at_ms, ...claim }: Claim): TouchFact => ({
  touch_id: touchId ?? '',
  at_ms: at_ms ?? 0,
  ...linkFact(claim),
});

const linkFact = ({
  linkId,
  referrerId,
  isActive,
  expires_at_ms,
}: Pick<Claim, 'linkId' | 'referrerId' | 'isActive' | 'expires_at_ms'>) => ({
  link_id: linkId,
  referrer_id: referrerId,
  link_active: isActive,
  link_expires_at_ms: expires_at_ms,
});
