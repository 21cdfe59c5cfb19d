import type { RefusalCode } from '../refusal.ts';
import { addDays } from '../time.ts';
import type { CodeFact, SignupFacts, TouchFact } from './facts.ts';
import type { AttributionPolicy } from './policy.ts';

export type AttributedBy = 'code' | 'click' | 'visitor';

/**
 * One claim on the signup. `rejected_because` is absent on the winner only; `outranked`: valid or not, a
 * stronger claim decided.
 */
export interface Considered {
  readonly by: AttributedBy;
  readonly link_id: string | null;
  readonly referrer_id: string | null;
  readonly touch_id: string | null;
  readonly at_ms: number | null;
  readonly rejected_because?: RefusalCode | 'outranked';
}

export type Attribution =
  | {
      readonly ok: true;
      readonly link_id: string;
      readonly referrer_id: string;
      readonly by: AttributedBy;
      readonly reason: string;
      readonly considered: readonly Considered[];
    }
  | {
      readonly ok: false;
      readonly code: RefusalCode;
      readonly message: string;
      readonly considered: readonly Considered[];
    };

/** The trace is stored with the decision, so it is bounded; the winner is always in it. */
export const CONSIDERED_MAX = 20;

interface Claim {
  readonly by: AttributedBy;
  readonly link: CodeFact | TouchFact | null;
  readonly touch: TouchFact | null;
  readonly fault: RefusalCode | null;
}

/**
 * Who referred this signup. An explicit code beats the click id, which beats the visitor's touches, taken by
 * the policy's model. A code that fails refuses the signup, because its sender meant that code; a click id
 * that fails falls back to the touches. Everything is judged at `facts.at_ms`. Refusals:
 * `already_attributed`, `existing_customer`, `code_unknown`, `link_inactive`, `link_expired`,
 * `invitation_used`, `self_referral`, `outside_window`, `no_attribution`; without a code, the strongest
 * claim's fault is the answer.
 */
export function attribute(policy: AttributionPolicy, facts: SignupFacts): Attribution {
  const claims = rank(policy, facts);
  const bar = barred(facts);
  if (bar !== null) return refused(bar, claims, bar);
  const first = claims[0];
  if (first?.by === 'code' && first.fault !== null) return refused(first.fault, claims, 'outranked');
  const winner = claims.find((claim) => claim.fault === null);
  if (winner === undefined || winner.link === null)
    return refused(claims.find(found)?.fault ?? 'no_attribution', claims, 'outranked');
  return {
    ok: true,
    link_id: winner.link.link_id,
    referrer_id: winner.link.referrer_id,
    by: winner.by,
    reason: reasonFor(winner.by, policy),
    considered: trace(claims, winner, 'outranked'),
  };
}

/** What bars the member from being referred at all, whoever claims it. */
function barred(facts: SignupFacts): RefusalCode | null {
  if (facts.referred_already_attributed) return 'already_attributed';
  return facts.referred_is_existing_customer ? 'existing_customer' : null;
}

/** All claims, the strongest first; each with its fault, or null when it may win. */
function rank(policy: AttributionPolicy, facts: SignupFacts): readonly Claim[] {
  const claims: Claim[] = [];
  if (facts.code !== undefined) claims.push(codeClaim(facts.code, facts));
  if (facts.click !== undefined) claims.push(touchClaim('click', facts.click, policy, facts));
  const direction = policy.model === 'last_touch' ? -1 : 1;
  // Touches of one millisecond are told apart by id, so that the order of rows never decides who is paid.
  const order = (a: TouchFact, b: TouchFact): number =>
    direction * (a.at_ms - b.at_ms || (a.touch_id < b.touch_id ? -1 : 1));
  const touches = facts.visitor_touches
    .filter((touch) => touch.touch_id !== facts.click?.touch_id)
    .sort(order);
  return [...claims, ...touches.map((touch) => touchClaim('visitor', touch, policy, facts))];
}

function codeClaim(code: CodeFact | null, facts: SignupFacts): Claim {
  // A foreign link is told like one that does not exist, in the trace too: another tenant's codes are not to
  // be probed.
  if (code === null || code.foreign) return { by: 'code', link: null, touch: null, fault: 'code_unknown' };
  return {
    by: 'code',
    link: code,
    touch: null,
    fault: linkFault(code, facts) ?? (code.used ? 'invitation_used' : null),
  };
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

function linkFault(link: CodeFact | TouchFact, facts: SignupFacts): RefusalCode | null {
  if (link.referrer_id === facts.referred_id) return 'self_referral';
  if (!link.link_active) return 'link_inactive';
  return link.link_expires_at_ms !== null && link.link_expires_at_ms <= facts.at_ms ? 'link_expired' : null;
}

const found = (claim: Claim): boolean => claim.link !== null;

function refused(
  code: RefusalCode,
  claims: readonly Claim[],
  others: RefusalCode | 'outranked',
): Attribution {
  return {
    ok: false,
    code,
    message: MESSAGES.get(code) ?? 'Nothing attributes this signup.',
    considered: trace(claims, null, others),
  };
}

function trace(
  claims: readonly Claim[],
  winner: Claim | null,
  others: RefusalCode | 'outranked',
): readonly Considered[] {
  const rows = claims.map((claim): Considered => {
    const { by, link, touch, fault } = claim;
    const row = {
      by,
      link_id: link?.link_id ?? null,
      referrer_id: link?.referrer_id ?? null,
      touch_id: touch?.touch_id ?? null,
      at_ms: touch?.at_ms ?? null,
    };
    return claim === winner ? row : { ...row, rejected_because: fault ?? others };
  });
  return rows.filter((row, at) => at < CONSIDERED_MAX || row.rejected_because === undefined);
}

function reasonFor(by: AttributedBy, policy: AttributionPolicy): string {
  if (by === 'code') return 'The signup named the code of this link.';
  if (by === 'click') return 'The signup named a click on this link within the window.';
  const which = policy.model === 'last_touch' ? 'last' : 'first';
  return `This link had the visitor's ${which} valid touch within ${policy.window_days} days.`;
}

const MESSAGES: ReadonlyMap<RefusalCode, string> = new Map([
  ['already_attributed', 'This member has been referred already; a member is referred once.'],
  ['existing_customer', 'This member was a customer before the signup.'],
  ['code_unknown', 'No link of this program has that code.'],
  ['self_referral', 'A member cannot refer themselves.'],
  ['link_inactive', 'The link has been switched off.'],
  ['link_expired', 'The link had expired when the signup happened.'],
  ['invitation_used', 'The invitation has been used by another member.'],
  ['outside_window', "The touch lies outside the program's attribution window."],
  ['no_attribution', 'Neither a code nor a click nor a visitor leads to a link.'],
]);
