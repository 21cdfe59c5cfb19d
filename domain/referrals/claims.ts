import type { RefusalCode } from '../refusal.ts';
import { addDays } from '../time.ts';
import type { CodeFact, LinkFact, SignupFacts, TouchFact } from './facts.ts';
import type { AttributionPolicy } from './policy.ts';

/** How a signup names a link; `operator`: it does not, and an operator says whose it is. */
export type AttributedBy = 'code' | 'click' | 'visitor' | 'operator';

/** A claim on a signup, with the fault that keeps it from winning. */
export interface Claim {
  readonly by: AttributedBy;
  readonly link: LinkFact | null;
  readonly touch: TouchFact | null;
  readonly fault: RefusalCode | null;
}

/** Returns all claims on a signup, the strongest first, each with its fault, or null when it may win. */
export function rankClaims(policy: AttributionPolicy, facts: SignupFacts): readonly Claim[] {
  const claims: Claim[] = [];
  if (facts.code !== undefined) claims.push(codeClaim(facts.code, facts));
  if (facts.click !== undefined) claims.push(touchClaim('click', facts.click, policy, facts));
  const direction = policy.model === 'last_touch' ? -1 : 1;
  // Touches in the same millisecond are ordered by id, so that the order of rows never decides who is paid.
  const order = (a: TouchFact, b: TouchFact): number =>
    direction * (a.at_ms - b.at_ms || (a.touchId < b.touchId ? -1 : 1));
  const touches = facts.visitorTouches.filter((touch) => touch.touchId !== facts.click?.touchId).sort(order);
  return [...claims, ...touches.map((touch) => touchClaim('visitor', touch, policy, facts))];
}

function codeClaim(code: CodeFact | null, facts: SignupFacts): Claim {
  // A foreign link looks like one that does not exist, in the trace too, so that nobody can probe another
  // tenant's codes.
  if (code === null || code.foreign) return { by: 'code', link: null, touch: null, fault: 'code_unknown' };
  return { by: 'code', link: code, touch: null, fault: linkFault(code, facts) };
}

function touchClaim(
  by: 'click' | 'visitor',
  touch: TouchFact | null,
  policy: AttributionPolicy,
  facts: SignupFacts,
): Claim {
  if (touch === null) return { by, link: null, touch, fault: 'no_attribution' };
  // A touch after the signup cannot have caused it.
  const inWindow = touch.at_ms <= facts.at_ms && facts.at_ms <= addDays(touch.at_ms, policy.window_days);
  return { by, link: touch, touch, fault: inWindow ? linkFault(touch, facts) : 'outside_window' };
}

function linkFault(link: LinkFact, facts: SignupFacts): RefusalCode | null {
  if (link.referrerId === facts.referredId) return 'self_referral';
  if (!link.isActive) return 'link_inactive';
  if (link.expires_at_ms !== null && link.expires_at_ms <= facts.at_ms) return 'link_expired';
  return link.isUsed ? 'invitation_used' : null;
}
