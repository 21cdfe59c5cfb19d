import type { Payer } from '../../domain/billing/fact.ts';
import { normalizeEmail } from '../../domain/members/email.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Ledgered } from './payments.ts';

/** More members than this do not share a mailbox; where they do, an address says too little. */
const CANDIDATES_MAX = 100;

/**
 * The member who paid, by the host's id, or null when nobody is found. The host's metadata says it first,
 * then what is on record of the customer, then the reference of a checkout, then an e-mail address that
 * exactly one member has.
 */
export async function findPayer(tx: Tx, of: Ledgered, payer: Payer): Promise<string | null> {
  if (payer.member !== null) return payer.member;
  const { programId, provider } = of;
  if (payer.customer !== null) {
    const where = { programId_provider_customerId: { programId, provider, customerId: payer.customer } };
    const known = await tx.billingCustomer.findUnique({ where });
    if (known !== null) return known.subject;
  }
  if (payer.reference !== null) return payer.reference;
  return payer.email === null ? null : await findByEmail(tx, programId, payer.email);
}

/** The one member with this very address, in whichever way its domain is written; null: none, or several. */
async function findByEmail(tx: Tx, programId: string, raw: string): Promise<string | null> {
  const normal = normalizeEmail(raw);
  if (!normal.ok) return null;
  const { ascii, key } = normal.value;
  const found = await tx.member.findMany({
    where: { programId, emailKey: key },
    select: { externalId: true, email: true, stays: { select: { externalId: true } } },
    take: CANDIDATES_MAX,
  });
  if (found.length === CANDIDATES_MAX) return null;
  const theirs = found.filter(({ email }) => email !== null && asciiOf(email) === ascii);
  // Accounts that were merged are one member.
  const [only, other] = new Set(theirs.map(({ stays, externalId }) => stays?.externalId ?? externalId));
  return other === undefined ? (only ?? null) : null;
}

function asciiOf(email: string): string | null {
  const normal = normalizeEmail(email);
  return normal.ok ? normal.value.ascii : null;
}

/**
 * Keeps which member a customer is, so that later events that name the customer alone find them. The host's
 * metadata overrides what a checkout's reference said, and nothing else overrides anything.
 */
export async function learnCustomer(tx: Tx, { programId, provider }: Ledgered, payer: Payer): Promise<void> {
  const subject = payer.member ?? payer.reference;
  if (payer.customer === null || subject === null) return;
  const certain = payer.member !== null;
  await tx.$executeRaw`
    INSERT INTO billing_customers (program_id, provider, customer_id, subject, certain)
    VALUES (${programId}::uuid, ${provider}::billing_provider, ${payer.customer}, ${subject}, ${certain})
    ON CONFLICT (program_id, provider, customer_id) DO UPDATE
    SET subject = excluded.subject, certain = true WHERE excluded.certain`;
}
