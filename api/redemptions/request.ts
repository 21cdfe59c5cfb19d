import { z } from 'zod';
import { judgeItem, quoteItem } from '../../domain/catalogue/item.ts';
import type { Money } from '../../domain/money.ts';
import { stripeAmount, stripePayoutAmount } from '../../domain/payouts/stripe-amount.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { type CatalogueKind, needsDestination, STRIPE_METHODS } from '../../domain/redemptions/methods.ts';
import { checkRedemption } from '../../domain/redemptions/redemption.ts';
import { itemFacts, limitsOf, termsOf } from '../../engine/catalogue/item.ts';
import { accountOf } from '../../engine/payouts/providers/stripe-account.ts';
import { redemptionIn } from '../../engine/policies/earlier-unit.ts';
import type { Tx } from '../../prisma/client.ts';
import { fail, unwrap } from '../http/errors.ts';
import { id, moneyJson, positiveMoneyOf, waitMs } from '../trpc/schemas.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';

/** Where the provider pays to: a few short texts that only the provider reads. */
const destination = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((fields) => Object.keys(fields).length <= 16, 'at most 16 fields');

/** What is asked for, whoever asks. */
export const requestFields = {
  itemId: id.optional().meta({
    description: 'Something of the catalogue; left out: a plain amount, by a method that the policy allows.',
  }),
  quantity: z.literal(1).optional().meta({ description: 'One item a request.' }),
  amount: moneyJson.optional().meta({
    description: 'The amount to redeem; of an item, only where it has no price of its own.',
  }),
  method: z
    .string()
    .min(1)
    .max(50)
    .optional()
    .meta({ description: 'How a plain amount is paid; an item has its own.', examples: ['manual'] }),
  wait_ms: waitMs.meta({
    description:
      'How long to wait for the decision, in milliseconds; 0: not at all. `Prefer: wait` sets it too.',
  }),
};

interface Wish {
  readonly itemId?: string | undefined;
  readonly amount?: unknown;
  readonly method?: string | undefined;
}

/** Checks that a request names an item, or else an amount with a method. */
export function checkWish({ itemId, amount, method }: Wish, context: z.RefinementCtx): void {
  const refuseField = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (itemId === undefined && amount === undefined) refuseField('amount', 'must be given without an itemId');
  if ((itemId === undefined) !== (method !== undefined)) {
    refuseField('method', 'must be given without an itemId, and without one alone');
  }
}

export const requestInput = oneMember(MEMBER, {
  ...requestFields,
  destination: destination.optional().meta({
    description:
      'Where the provider pays to: at most 16 short texts that only the provider reads. Stripe takes ' +
      '`account`, a connected account; files for SEPA take `iban` and `name`, for Wise ' +
      '`wiseRecipientId` and `name`, for PayPal `paypal`.',
    examples: [{ iban: 'DE02120300000000202051' }],
  }),
})
  .superRefine(checkWish)
  .meta({
    examples: [
      {
        memberId: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
        amount: { minor: '2000', unit: 'USD' },
        method: 'manual',
        destination: { iban: 'DE02120300000000202051' },
        wait_ms: 5_000,
      },
    ],
  });

type RequestInput = z.infer<typeof requestInput>;

/** The columns of a redemption that say what is set aside, kept and paid, fixed at its request. */
export interface RequestTerms {
  readonly unit: string;
  readonly amountMinor: bigint;
  readonly method: string;
  readonly itemId: string | null;
  readonly feeMinor: bigint;
  readonly valueMinor: bigint | null;
  readonly valueUnit: string | null;
}

interface Asker {
  readonly programId: string;
  readonly memberId: string;
  /** Asks with a token of their own, and so names no destination. */
  readonly isMember: boolean;
  readonly now_ms: number;
  readonly policy: Policy;
}

/**
 * What a request comes to. Refusals: those of `checkRedemption`, of `quote` and of `judgeItem`,
 * `item_unknown`, `destination_invalid`. Whether balance and stock suffice is decided when they are reserved;
 * this spares those who cannot succeed the wait.
 */
export async function termsOfRequest(tx: Tx, asker: Asker, input: RequestInput): Promise<RequestTerms> {
  const amount = input.amount === undefined ? null : positiveMoneyOf(input.amount);
  const terms =
    input.itemId === undefined
      ? await plainTerms(tx, asker, amount, input.method ?? '')
      : await itemTerms(tx, asker, input.itemId, amount);
  if (STRIPE_METHODS.has(terms.method)) checkStripe(terms, input.destination);
  return terms;
}

async function plainTerms(
  tx: Tx,
  { programId, policy, isMember }: Asker,
  asked: Money | null,
  method: string,
): Promise<RequestTerms> {
  if (asked === null) throw fail('amount_zero', 'Name an amount.');
  const rules = await redemptionIn(tx, programId, asked.unit, policy);
  const amount = unwrap(checkRedemption(rules, { amount: asked, method }));
  if (isMember) checkPlaceless(null, method);
  const none = { itemId: null, feeMinor: 0n, valueMinor: null, valueUnit: null };
  return { ...none, unit: amount.unit, amountMinor: amount.minor, method };
}

async function itemTerms(
  tx: Tx,
  { programId, memberId, isMember, now_ms }: Asker,
  itemId: string,
  asked: Money | null,
): Promise<RequestTerms> {
  const item = await tx.catalogueItem.findUnique({ where: { programId_id: { programId, id: itemId } } });
  if (item === null) throw fail('item_unknown', 'There is no such item.');
  const facts = await itemFacts(tx, item, { programId, memberId, redemptionId: null, now_ms });
  unwrap(judgeItem(limitsOf(item), facts));
  if (isMember) checkPlaceless(item.kind, item.method);
  const { amount, fee_minor } = unwrap(quoteItem(termsOf(item), asked));
  return {
    unit: amount.unit,
    amountMinor: amount.minor,
    method: item.method,
    itemId,
    feeMinor: fee_minor,
    valueMinor: item.valueMinor,
    valueUnit: item.valueUnit,
  };
}

/** A token may have been stolen: where money goes, it cannot say. */
function checkPlaceless(kind: CatalogueKind | null, method: string): void {
  if (!needsDestination(kind, method)) return;
  throw fail(
    'destination_invalid',
    "This pays to a destination, which the host's server alone may name: it asks with `redemptions.request`.",
  );
}

function checkStripe(terms: RequestTerms, where: unknown): void {
  if (terms.method === 'stripe' && accountOf(where) === null) {
    throw fail('destination_invalid', 'Stripe pays to `account`, a connected account: `acct_…`.');
  }
  const { valueMinor, valueUnit, amountMinor, feeMinor, unit } = terms;
  const payout =
    valueMinor !== null && valueUnit !== null
      ? { minor: valueMinor, unit: valueUnit }
      : { minor: amountMinor - feeMinor, unit };
  unwrap(terms.method === 'stripe' ? stripePayoutAmount(payout) : stripeAmount(payout));
}
