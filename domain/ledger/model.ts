import type { Unit } from '../iso4217.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import type { Account, AccountKind, Leg, Posting } from './posting.ts';

/**
 * Balances of one program in one unit. `minor` is keyed by `accountKey`; an account that is not there is at
 * 0.
 */
export interface Balances {
  readonly unit: Unit;
  /** The most that may ever be granted, net; null: no limit. */
  readonly budget_cap_minor: bigint | null;
  readonly minor: ReadonlyMap<string, bigint>;
}

/** What a posting did to one account. */
export interface AppliedLeg {
  readonly account: Account;
  readonly amount_minor: bigint;
}

interface Bounds {
  readonly floor_minor: bigint | null;
  readonly ceiling_minor: bigint | null;
}

const FROM_ZERO: Bounds = { floor_minor: 0n, ceiling_minor: null };
/** Bounds of each kind; the budget's floor is the program's cap and comes with the balances. */
const BOUNDS: Readonly<Record<AccountKind, Bounds>> = {
  budget: { floor_minor: null, ceiling_minor: null },
  pending: FROM_ZERO,
  available: FROM_ZERO,
  reserved: FROM_ZERO,
  owed: { floor_minor: null, ceiling_minor: 0n },
  paid_out: FROM_ZERO,
  breakage: FROM_ZERO,
};

export function noBalances(unit: Unit, budget_cap_minor: bigint | null): Balances {
  return { unit, budget_cap_minor, minor: new Map() };
}

/** `kind:memberId`, or `kind:` for the program's own. */
export function accountKey({ kind, memberId }: Account): string {
  return `${kind}:${memberId ?? ''}`;
}

export function balanceOfAccount(balances: Balances, account: Account): bigint {
  return balances.minor.get(accountKey(account)) ?? 0n;
}

/**
 * The pure model of what the ledger's SQL does with a posting: each leg in order fills its account up to its
 * bound and spills the rest; one leg that does not fit (`floor_reached`, `ceiling_reached`) and nothing has
 * happened. Keys, holds and lots are not modelled. `unit_mismatch` when the posting is of another unit.
 * Throws when the legs do not sum to zero, which is a bug.
 */
export function applyPosting(
  balances: Balances,
  posting: Posting,
): Result<{ readonly balances: Balances; readonly legs: readonly AppliedLeg[] }> {
  if (posting.unit !== balances.unit) {
    return refuse(
      'unit_mismatch',
      `A posting in ${posting.unit} does not belong to balances in ${balances.unit}.`,
    );
  }
  const sum = posting.legs.reduce((total, leg) => total + leg.amount_minor, 0n);
  if (sum !== 0n) throw new Error(`the legs of ${posting.key} sum to ${sum}`);
  const minor = new Map(balances.minor);
  const legs: AppliedLeg[] = [];
  for (const leg of posting.legs) {
    const parts = splitLeg({ ...balances, minor }, leg);
    if (!parts.ok) return parts;
    for (const part of parts.value) {
      const key = accountKey(part.account);
      minor.set(key, (minor.get(key) ?? 0n) + part.amount_minor);
      legs.push(part);
    }
  }
  return ok({ balances: { ...balances, minor }, legs });
}

/**
 * The leg's own part and, when its account is at its bound, the part that spills. Parts of nothing are left
 * out.
 */
function splitLeg(balances: Balances, leg: Leg): Result<readonly AppliedLeg[]> {
  const own_minor = fittingPart(balances, leg.account, leg.amount_minor);
  const rest_minor = leg.amount_minor - own_minor;
  if (rest_minor === 0n) return ok([{ account: leg.account, amount_minor: own_minor }]);
  if (leg.spill !== null && accountKey(leg.spill) === accountKey(leg.account)) {
    throw new Error('a leg spills into another account than its own');
  }
  if (leg.spill === null || fittingPart(balances, leg.spill, rest_minor) !== rest_minor) {
    const full = leg.spill ?? leg.account;
    return leg.amount_minor < 0n
      ? refuse('floor_reached', `The account ${full.kind} does not hold as much.`)
      : refuse('ceiling_reached', `The account ${full.kind} cannot take as much.`);
  }
  const parts = [
    { account: leg.account, amount_minor: own_minor },
    { account: leg.spill, amount_minor: rest_minor },
  ];
  return ok(parts.filter((part) => part.amount_minor !== 0n));
}

/** As much of a change, keeping its sign, as leaves the account within its bounds. */
function fittingPart(balances: Balances, account: Account, change_minor: bigint): bigint {
  const balance = balanceOfAccount(balances, account);
  const { floor_minor, ceiling_minor } = boundsOf(balances, account);
  if (change_minor < 0n && floor_minor !== null && balance + change_minor < floor_minor) {
    return balance > floor_minor ? floor_minor - balance : 0n;
  }
  if (change_minor > 0n && ceiling_minor !== null && balance + change_minor > ceiling_minor) {
    return balance < ceiling_minor ? ceiling_minor - balance : 0n;
  }
  return change_minor;
}

function boundsOf(balances: Balances, account: Account): Bounds {
  if (account.kind !== 'budget' || balances.budget_cap_minor === null) return BOUNDS[account.kind];
  return { floor_minor: -balances.budget_cap_minor, ceiling_minor: null };
}
