import { nameId } from '../../platform/ids.ts';

/** How the shop, which is the host here, names a customer of the sample. */
export const externalIdOf = (customer: string): string => `cdnow-${customer}`;

/**
 * A mailbox of a domain that can never exist (RFC 2606), one domain for each customer, so that no two seem to
 * be colleagues.
 */
export const emailOf = (externalId: string): string => `customer@${externalId}.example`;

/**
 * An address of the range that is set apart for tests (RFC 2544, 198.18.0.0/15), one for each of its 131,072
 * numbers.
 */
export function ipOf(number: number): string {
  const offset = number % 2 ** 17;
  return `198.${18 + (offset >> 16)}.${(offset >> 8) & 255}.${offset & 255}`;
}

/** The cookie of the browser that this person uses. */
export const visitorIdOf = (externalId: string): string => nameId('cdnow-demo', 'visitor', externalId);
