import type { AppliedLeg } from '../domain/ledger/model.ts';
import type { Account, AccountKind, Leg, Posting } from '../domain/ledger/posting.ts';
import { REFUSAL_CODES, type Refusal } from '../domain/refusal.ts';

/**
 * What `ledger_post`, `ledger_expire` and `ledger_set_budget` answer. Amounts and ids travel as decimal
 * strings.
 */
export type Answer =
  | {
      readonly ok: true;
      readonly posted?: readonly PostedWire[];
      /**
       * Of each leg with a spill account that was posted now, one after the other: what its own account did
       * not take.
       */
      readonly spilled?: readonly string[] | null;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

interface PostedWire {
  readonly id: string;
  readonly replayed: boolean;
  /** For a replay: the recorded answer. */
  readonly legs?: readonly (readonly [string, string])[];
}

export interface Posted {
  readonly transactionId: bigint;
  /** True when the posting was on record before; nothing was posted now. */
  readonly replayed: boolean;
  /** What moved, spills resolved, by kind of account and member. */
  readonly legs: readonly AppliedLeg[];
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

/**
 * The postings as the JSON that the ledger reads. The request's hash is taken over it, all but the time and
 * the origin, which most have none of.
 */
export function postingsJson(postings: readonly Posting[]): string {
  return JSON.stringify(
    postings.map(({ origin, ...posting }) => ({
      ...posting,
      legs: posting.legs.map(legWire),
      ...(origin !== null && { origin }),
    })),
  );
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

/** What was posted, or replayed, in the order of the postings. */
export function readPosted(
  { posted = [], spilled }: Extract<Answer, { ok: true }>,
  postings: readonly Posting[],
): readonly Posted[] {
  const rests = (spilled ?? []).values();
  return postings.map((posting, nth) => {
    const answer = posted[nth];
    if (answer === undefined) throw new Error('the ledger did not answer for every posting');
    const { id, replayed, legs } = answer;
    const applied =
      legs === undefined ? posting.legs.flatMap((leg) => partsOf(leg, rests)) : legs.map(onRecord);
    return { transactionId: BigInt(id), replayed, legs: inOrder(applied) };
  });
}

function onRecord([label, amount]: readonly [string, string]): AppliedLeg {
  return { account: accountOf(label), amount_minor: BigInt(amount) };
}

/** What a leg moved on its account and on its spill account; `rests` yields what spilled. */
function partsOf({ account, amount_minor, spill }: Leg, rests: Iterator<string>): readonly AppliedLeg[] {
  if (spill === null) return [{ account, amount_minor }];
  const rest_minor = BigInt(rests.next().value);
  const parts = [
    { account, amount_minor: amount_minor - rest_minor },
    { account: spill, amount_minor: rest_minor },
  ];
  return parts.filter((part) => part.amount_minor !== 0n);
}

/** Legs as the caller sees them, in one order whether they were just posted or read back. */
function inOrder(legs: readonly AppliedLeg[]): readonly AppliedLeg[] {
  return legs.toSorted(
    (a, b) =>
      KINDS.indexOf(a.account.kind) - KINDS.indexOf(b.account.kind) ||
      (a.account.memberId ?? '').localeCompare(b.account.memberId ?? ''),
  );
}

/** A refusal of the database's as one of ours; a code that is not in the set is a bug. */
export function readRefusal({ code, message }: { code: string; message: string }): Refusal {
  const refusalCode = REFUSAL_CODES.find((it) => it === code);
  if (refusalCode === undefined) throw new Error(`the ledger refused with a code that is not known: ${code}`);
  return { ok: false, code: refusalCode, message };
}
