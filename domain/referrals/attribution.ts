import { ok, type RefusalCode, type Result, refuse } from '../refusal.ts';
import { type AttributedBy, type Claim, rankClaims } from './claims.ts';
import type { CodeFact, SignupFacts } from './facts.ts';
import type { AttributionPolicy } from './policy.ts';

/**
 * One claim on the signup. `rejectedBecause` is absent on the winner only. `outranked` means that a stronger
 * claim decided, whether this one was valid or not.
 */
export interface Considered {
  readonly by: AttributedBy;
  readonly linkId: string | null;
  readonly referrerId: string | null;
  readonly touchId: string | null;
  readonly at_ms: number | null;
  readonly rejectedBecause?: RefusalCode | 'outranked';
}

export type Attribution =
  | {
      readonly ok: true;
      readonly linkId: string;
      /** The signup answers the invitation of this link. */
      readonly isInvitation: boolean;
      readonly referrerId: string;
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

/**
 * Returns who referred this signup. An explicit code beats the click id, which beats the visitor's touches,
 * ordered by the policy's model. An invalid code refuses the signup, because its sender meant that code; an
 * invalid click id falls back to the touches. All claims are judged at `facts.at_ms`. Refusals:
 * `already_attributed`, `existing_customer`, `code_unknown`, `link_inactive`, `link_expired`,
 * `invitation_used`, `self_referral`, `outside_window`, `no_attribution`; without a code, the strongest
 * claim's fault is the answer.
 */
export function attribute(policy: AttributionPolicy, facts: SignupFacts): Attribution {
  const claims = rankClaims(policy, facts);
  const bar = findBar(facts);
  if (bar !== null) return refuseSignup(bar, claims, bar);
  const first = claims[0];
  if (first?.by === 'code' && first.fault !== null) return refuseSignup(first.fault, claims, 'outranked');
  const winner = claims.find((claim) => claim.fault === null);
  if (winner === undefined || winner.link === null) {
    const strongest = claims.find(({ link }) => link !== null);
    return refuseSignup(strongest?.fault ?? 'no_attribution', claims, 'outranked');
  }
  return {
    ok: true,
    linkId: winner.link.linkId,
    isInvitation: winner.link.isInvitation,
    referrerId: winner.link.referrerId,
    by: winner.by,
    reason: reasonFor(winner.by, policy),
    considered: traceClaims(claims, winner, 'outranked'),
  };
}

/** Refusals of a signup that only mean that nobody is credited. */
export const UNREFERRED: ReadonlySet<RefusalCode> = new Set([
  'no_attribution',
  'outside_window',
  'code_unknown',
  'link_inactive',
  'link_expired',
  'invitation_used',
]);

/** What the actions and refunds of a member are refused with whom nobody referred. */
export const NOT_REFERRED = refuse('not_referred', 'The member’s signup was not attributed to anybody.');

/** Whether an operator may say who referred a signup that was refused so; null: it was not refused. */
export function checkAttributable(
  refusedWith: RefusalCode | null,
): Result<true, 'already_attributed' | 'stage_forbids'> {
  if (refusedWith === null)
    return refuse('already_attributed', 'The signup is credited to somebody already.');
  return UNREFERRED.has(refusedWith)
    ? ok(true)
    : refuse('stage_forbids', `The signup was refused with ${refusedWith}, which no referrer would change.`);
}

/** The most actions and refunds of a member that are decided anew once somebody is credited with them. */
export const EARLIER_MAX = 10_000;

/** Whether a signup may be credited with what its member did since: `referral_too_large` beyond the most. */
export const judgeEarlier = (events: number): Result<true, 'referral_too_large'> =>
  events <= EARLIER_MAX
    ? ok(true)
    : refuse('referral_too_large', 'The member has done too much since to decide it anew in one step.');

/**
 * Returns who referred a signup by an operator's word: as if the signup had named the code of this link, in
 * place of its own. Its clicks are on record as outranked. Refuses as `attribute` does.
 */
export function attributeTo(
  policy: AttributionPolicy,
  facts: SignupFacts,
  link: Pick<CodeFact, 'linkId' | 'referrerId'>,
): Attribution {
  const shared = { isActive: true, expires_at_ms: null, isInvitation: false, isUsed: false };
  const code = { ...link, ...shared, foreign: false };
  const won = attribute(policy, { ...facts, code });
  if (!won.ok) return won;
  const considered = won.considered.map((claim) =>
    claim.rejectedBecause === undefined ? { ...claim, by: 'operator' as const } : claim,
  );
  return { ...won, by: 'operator', reason: 'An operator said who referred the member.', considered };
}

/** Returns what bars the member from being referred by anybody. */
function findBar(facts: SignupFacts): RefusalCode | null {
  if (facts.isAlreadyReferred) return 'already_attributed';
  return facts.isExistingCustomer ? 'existing_customer' : null;
}

function refuseSignup(
  code: RefusalCode,
  claims: readonly Claim[],
  others: RefusalCode | 'outranked',
): Attribution {
  return {
    ok: false,
    code,
    message: MESSAGES.get(code) ?? 'Nothing attributes this signup.',
    considered: traceClaims(claims, null, others),
  };
}

function traceClaims(
  claims: readonly Claim[],
  winner: Claim | null,
  others: RefusalCode | 'outranked',
): readonly Considered[] {
  const rows = claims.map((claim): Considered => {
    const { by, link, touch, fault } = claim;
    const row = {
      by,
      linkId: link?.linkId ?? null,
      referrerId: link?.referrerId ?? null,
      touchId: touch?.touchId ?? null,
      at_ms: touch?.at_ms ?? null,
    };
    return claim === winner ? row : { ...row, rejectedBecause: fault ?? others };
  });
  return rows.filter((row, at) => at < CONSIDERED_MAX || row.rejectedBecause === undefined);
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
