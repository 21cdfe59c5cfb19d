import type { AppliedLeg } from '../domain/posting-model.ts';
import type { Account, AccountKind, Leg, Posting } from '../domain/postings.ts';
import { REFUSAL_CODES, type Refusal } from '../domain/refusal.ts';

/** What `ledger_post` and `ledger_set_budget` answer. */
export type Answer =
  | { readonly ok: true; readonly posted?: readonly PostedWire[] }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** One posting's answer; amounts and ids travel as decimal strings. */
export interface PostedWire {
  readonly id: string;
  readonly replayed: boolean;
  readonly legs: readonly (readonly [string, string])[];
}

/** `kind` for an account of the program, `kind:member` for a member's. */
function labelOf({ kind, memberId }: Account): string {
  return memberId === null ? kind : `${kind}:${memberId}`;
}

function accountOf(label: string): Account {
  const [kind, memberId] = label.split(':');
  return { kind: kind as AccountKind, memberId: memberId ?? null };
}

function legWire({ account, amount_minor, spill }: Leg) {
  return { account: labelOf(account), amount: String(amount_minor), spill: spill && labelOf(spill) };
}

/** The postings as the JSON that `ledger_post` reads. The request's hash is taken over it, all but the time. */
export function postingsJson(postings: readonly Posting[]): string {
  return JSON.stringify(postings.map((posting) => ({ ...posting, legs: posting.legs.map(legWire) })));
}

const KINDS: readonly AccountKind[] = [
  'budget',
  'pending',
  'available',
  'reserved',
  'owed',
  'paid_out',
  'breakage',
];

/** Legs as the caller sees them, in one order whether they were just posted or read back. */
export function readLegs(legs: PostedWire['legs']): readonly AppliedLeg[] {
  const read = legs.map(([label, amount]) => ({ account: accountOf(label), amount_minor: BigInt(amount) }));
  return read.sort(
    (a, b) =>
      KINDS.indexOf(a.account.kind) - KINDS.indexOf(b.account.kind) ||
      (a.account.memberId ?? '').localeCompare(b.account.memberId ?? ''),
  );
}

/** A refusal of the database's as one of ours; a code that is not in the set is a bug. */
export function readRefusal({ code, message }: { code: string; message: string }): Refusal {
  const known = REFUSAL_CODES.find((it) => it === code);
  if (known === undefined) throw new Error(`the ledger refused with a code that is not known: ${code}`);
  return { ok: false, code: known, message };
}
