import type { Unit } from '../iso4217.ts';
import type { Account, AccountKind, Intent, Leg, Posting } from './posting.ts';

interface Common {
  readonly key: string;
  readonly unit: Unit;
  readonly amount_minor: bigint;
  readonly memberId: string;
  readonly occurred_at_ms: number;
}

/** A credit from the budget: held in pending, or available at once as a lot that may expire. */
interface BudgetCredit extends Common {
  readonly held: boolean;
  readonly lot_expires_at_ms: number | null;
}

/** Of a grant, by its key. */
interface OfGrant {
  readonly origin: string;
}

const BUDGET: Account = { kind: 'budget', memberId: null };
const PAID_OUT: Account = { kind: 'paid_out', memberId: null };
const BREAKAGE: Account = { kind: 'breakage', memberId: null };

/**
 * A reward comes into being: held in pending, or available at once, where it first meets what the member
 * owes. `origin` is the key of a grant to which this gives something back; null or left out: to none.
 */
export function grantPosting(input: BudgetCredit & { readonly origin?: string | null }): Posting {
  const [legs, extras] = creditFromBudget(input);
  return posting('grant', input, legs, { ...extras, origin: input.origin ?? null });
}

/** A hold ends well: pending becomes available, less what the member owes. `hold` is the grant's key. */
export function maturePosting(
  input: Common & { readonly hold: string | null; readonly lot_expires_at_ms: number | null },
): Posting {
  const { amount_minor, memberId } = input;
  return posting(
    'mature',
    input,
    [leg(member('pending', memberId), -amount_minor), creditOf(memberId, amount_minor)],
    {
      resolves: input.hold,
      lot_expires_at_ms: input.lot_expires_at_ms,
    },
  );
}

/**
 * A reward goes back to the budget: `held_minor` of it from pending, the rest from available, and what that
 * lacks is owed. The grant's own lots go first, and what lapsed of them is not owed. `origin` is the grant's
 * key; null: no grant is taken back, but what a count no longer gives. `endsHold` says that nothing of its
 * hold is left after this, and `isWhole` that this takes back all of it, as a grant is reversed once.
 */
export function reversePosting(
  input: Common & {
    readonly held_minor: bigint;
    readonly origin: string | null;
    readonly endsHold: boolean;
    readonly isWhole: boolean;
  },
): Posting {
  const { amount_minor, held_minor, memberId, origin, endsHold, isWhole } = input;
  if (held_minor < 0n || held_minor > amount_minor) {
    throw new RangeError('the held part is between nothing and all');
  }
  const legs = [
    leg(member('pending', memberId), -held_minor),
    leg(member('available', memberId), held_minor - amount_minor, member('owed', memberId)),
    leg(BUDGET, amount_minor),
  ];
  const of = { origin, resolves: endsHold ? origin : null, reverses: isWhole ? origin : null };
  return posting('reverse', input, legs, of);
}

/**
 * What a refund took of a reward comes back, because that refund was taken back itself: to pending while the
 * reward is held, or to available, where it first meets what the member owes.
 */
export function restorePosting(input: BudgetCredit & OfGrant): Posting {
  const [legs, extras] = creditFromBudget(input);
  return posting('restore', input, legs, { ...extras, origin: input.origin });
}

/** A redemption sets value aside; the ledger takes lots first-to-expire first. */
export function reservePosting(input: Common): Posting {
  const { amount_minor, memberId } = input;
  return posting('reserve', input, [
    leg(member('available', memberId), -amount_minor),
    leg(member('reserved', memberId), amount_minor),
  ]);
}

/**
 * A redemption is paid, less the fee that the program keeps, which is income of the same sort as value that
 * expires unspent. `reserve` is the key of its reserve.
 */
export function settlePosting(
  input: Common & { readonly reserve: string; readonly fee_minor?: bigint },
): Posting {
  const { amount_minor, memberId, fee_minor = 0n } = input;
  if (fee_minor < 0n || fee_minor >= amount_minor) throw new RangeError('a fee is a part of the amount');
  const legs = [
    leg(member('reserved', memberId), -amount_minor),
    leg(PAID_OUT, amount_minor - fee_minor),
    leg(BREAKAGE, fee_minor),
  ];
  return posting('settle', input, legs, { resolves: input.reserve });
}

/**
 * A redemption is given up: the value and the very lots it was taken from come back. `reserve` is the key of
 * its reserve.
 */
export function releasePosting(input: Common & { readonly reserve: string }): Posting {
  const { amount_minor, memberId } = input;
  const legs = [
    leg(member('reserved', memberId), -amount_minor),
    leg(member('available', memberId), amount_minor),
  ];
  return posting('release', input, legs, { resolves: input.reserve, restores: input.reserve });
}

/** What a member's account moves to the member into whom they are merged. */
type MergedCommon = Common & { readonly intoMemberId: string };

/** What a member has on hold moves along with them. */
export function mergePendingPosting(input: MergedCommon): Posting {
  const { amount_minor, memberId, intoMemberId } = input;
  return posting('merge', input, [
    leg(member('pending', memberId), -amount_minor),
    leg(member('pending', intoMemberId), amount_minor),
  ]);
}

/**
 * What a member has moves along with them: what the other owes is met first, and the rest comes in lots that
 * expire when it would have.
 */
export function mergeAvailablePosting(input: MergedCommon): Posting {
  const { key, amount_minor, memberId, intoMemberId } = input;
  const legs = [leg(member('available', memberId), -amount_minor), creditOf(intoMemberId, amount_minor)];
  return posting('merge', input, legs, { restores: key });
}

/** What a member owes moves along with them: met by what the other has, and what that lacks is owed. */
export function mergeOwedPosting(input: MergedCommon): Posting {
  const { amount_minor, memberId, intoMemberId } = input;
  return posting('merge', input, [
    leg(member('available', intoMemberId), -amount_minor, member('owed', intoMemberId)),
    leg(member('owed', memberId), amount_minor),
  ]);
}

/** What is left of an expired lot lapses. */
export function expirePosting(input: Common): Posting {
  const { amount_minor, memberId } = input;
  return posting('expire', input, [
    leg(member('available', memberId), -amount_minor),
    leg(BREAKAGE, amount_minor),
  ]);
}

/**
 * What lapsed of a grant is there again, as a lot of it. Either the grant expires later than it did: then
 * this first meets what the member owes, as it would have had. Or the grant is taken back, and takes this
 * with it in the same call, before it could expire: `lot_expires_at_ms` is null.
 */
export function revivePosting(
  input: Common & OfGrant & { readonly lot_expires_at_ms: number | null },
): Posting {
  const { amount_minor, memberId, origin, lot_expires_at_ms } = input;
  const credit =
    lot_expires_at_ms === null
      ? leg(member('available', memberId), amount_minor)
      : creditOf(memberId, amount_minor);
  return posting('revive', input, [leg(BREAKAGE, -amount_minor), credit], { origin, lot_expires_at_ms });
}

function member(kind: AccountKind, memberId: string): Account {
  return { kind, memberId };
}

function creditFromBudget({
  amount_minor,
  memberId,
  held,
  lot_expires_at_ms,
}: BudgetCredit): [readonly Leg[], Extras] {
  const credit = held ? leg(member('pending', memberId), amount_minor) : creditOf(memberId, amount_minor);
  const legs = [leg(BUDGET, -amount_minor), credit];
  return [legs, { lot_expires_at_ms: held ? null : lot_expires_at_ms }];
}

/** A credit to the member: owed is filled up to its ceiling of 0, the rest is available. */
function creditOf(memberId: string, amount_minor: bigint): Leg {
  return leg(member('owed', memberId), amount_minor, member('available', memberId));
}

function leg(account: Account, amount_minor: bigint, spill: Account | null = null): Leg {
  return { account, amount_minor, spill };
}

type Extras = Partial<Pick<Posting, 'resolves' | 'reverses' | 'restores' | 'origin' | 'lot_expires_at_ms'>>;

function posting(intent: Intent, input: Common, legs: readonly Leg[], extras: Extras = {}): Posting {
  if (input.amount_minor <= 0n) throw new RangeError(`a ${intent} moves more than nothing`);
  return {
    key: input.key,
    intent,
    unit: input.unit,
    occurred_at_ms: input.occurred_at_ms,
    legs: legs.filter((it) => it.amount_minor !== 0n),
    resolves: null,
    reverses: null,
    restores: null,
    origin: null,
    lot_expires_at_ms: null,
    ...extras,
  };
}
