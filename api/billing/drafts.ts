import type { BillingFact, IgnoredReason } from '../../domain/billing/fact.ts';
import type { PaymentEvent } from '../../domain/billing/payment.ts';
import { normalizeEmail } from '../../domain/members/email.ts';
import { findPayer, learnCustomer } from '../../engine/billing/customers.ts';
import { type Ledgered, recordPayment } from '../../engine/billing/payments.ts';
import { memberIdBy } from '../../engine/members/find.ts';
import { isErased } from '../../engine/privacy/do-not-track.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { codeInput } from '../events/details.ts';

/** What came of the facts of one message. */
export interface Drafted {
  /** Events as `events.record` takes them. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Why a fact brought none. */
  readonly ignored: readonly IgnoredReason[];
}

/**
 * The events that facts become, by what is on record of payments and customers, which this brings up to date.
 * `takesSignups`: whether the program has not ended. The caller holds `lockPayments`.
 */
export async function draftEvents(
  tx: Tx,
  of: Ledgered,
  facts: readonly BillingFact[],
  takesSignups: boolean,
  hashSecret: string,
): Promise<Drafted> {
  const drafts: Drafted[] = [];
  for (const fact of facts) {
    const isOfErased = 'payer' in fact && (await isErasedPayer(tx, of, fact.payer, hashSecret));
    drafts.push(isOfErased ? nothing('member_erased') : await draftOf(tx, of, fact, takesSignups));
  }
  return {
    events: drafts.flatMap(({ events }) => events),
    ignored: drafts.flatMap(({ ignored }) => ignored),
  };
}

/** Whether the message names somebody who was erased, so that nothing of it may be kept. */
async function isErasedPayer(
  tx: Tx,
  { programId }: Ledgered,
  { member, reference, email }: Met['payer'],
  hashSecret: string,
): Promise<boolean> {
  const externalId = member ?? reference;
  if (externalId === null) return false;
  return await isErased(tx, hashSecret, { programId, externalId, email });
}

const nothing = (reason: IgnoredReason): Drafted => ({ events: [], ignored: [reason] });

async function draftOf(tx: Tx, of: Ledgered, fact: BillingFact, takesSignups: boolean): Promise<Drafted> {
  switch (fact.kind) {
    case 'told':
      return { events: [fact.event], ignored: [] };
    case 'met': {
      await learnCustomer(tx, of, fact.payer);
      return { events: takesSignups ? await draftSignup(tx, of, fact) : [], ignored: [] };
    }
    case 'acted': {
      const subject = await findPayer(tx, of, fact.payer);
      if (subject === null) return nothing('no_member');
      const { type, key, properties, occurred_at_ms } = fact;
      return {
        events: [{ type, key, subject, properties, occurredAt: timeOf(occurred_at_ms) }],
        ignored: [],
      };
    }
    case 'linked':
    case 'purchased':
    case 'refunded':
    case 'reinstated': {
      const isPurchase = fact.kind === 'purchased';
      if (isPurchase) await learnCustomer(tx, of, fact.payer);
      const settled = await recordPayment(
        tx,
        of,
        fact,
        isPurchase ? await findPayer(tx, of, fact.payer) : null,
      );
      if (settled === null) return nothing('recorded_apart');
      const ignored = settled.ignored === null ? [] : [settled.ignored];
      return { events: settled.events.map((event) => draftPayment(event, of)), ignored };
    }
  }
}

function draftPayment(event: PaymentEvent, { provider }: Ledgered) {
  const { key, subject, unit, value_minor } = event.purchase;
  if (event.type === 'purchase') {
    const value = { minor: value_minor.toString(), unit };
    const occurredAt = timeOf(event.occurred_at_ms);
    return { type: 'purchase', key, subject, value, properties: { source: provider }, occurredAt };
  }
  if (event.type === 'reinstated') {
    const { refund, occurred_at_ms } = event;
    const back = { key: `${refund.key}:reinstated`, refundOf: refund.key };
    return { type: 'refund', ...back, subject, occurredAt: timeOf(occurred_at_ms) };
  }
  const { refund } = event;
  const value = { minor: refund.taken_minor.toString(), unit };
  const occurredAt = timeOf(refund.occurred_at_ms);
  return { type: 'refund', key: refund.key, subject, refundOf: key, value, occurredAt };
}

const timeOf = (at_ms: number): string => new Date(at_ms).toISOString();

type Met = Extract<BillingFact, { kind: 'met' }>;

/** The signup of a member whom nobody knew, by the first of the codes that is a referral code; or nothing. */
async function draftSignup(tx: Tx, { programId, provider }: Ledgered, { payer, codes, occurred_at_ms }: Met) {
  const subject = payer.member ?? payer.reference;
  if (subject === null) return [];
  const code = await firstReferralCode(tx, programId, codes);
  if (code === null || (await isKnown(tx, programId, subject))) return [];
  const email = payer.email !== null && normalizeEmail(payer.email).ok ? { email: payer.email } : {};
  const key = `${provider}:signup:${nameId('signup', subject)}`;
  return [{ type: 'signup', key, subject, code, ...email, occurredAt: timeOf(occurred_at_ms) }];
}

async function firstReferralCode(
  tx: Tx,
  programId: string,
  codes: readonly string[],
): Promise<string | null> {
  for (const text of codes) {
    const parsed = codeInput.safeParse(text);
    if (!parsed.success) continue;
    const [code, referralCode] = [parsed.data, parsed.data];
    const link = await tx.link.findFirst({ where: { programId, code }, select: { id: true } });
    const member = await tx.member.findFirst({ where: { programId, referralCode }, select: { id: true } });
    if (link !== null || member !== null) return code;
  }
  return null;
}

/** Whether a member is there, or on the way. */
async function isKnown(tx: Tx, programId: string, externalId: string): Promise<boolean> {
  if ((await memberIdBy(tx, programId, externalId)) !== null) return true;
  const where = { programId, subject: externalId, type: 'signup' };
  return (await tx.event.findFirst({ where, select: { id: true } })) !== null;
}
